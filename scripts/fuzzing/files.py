"""Files of the kinds that the API says it takes, for schemathesis, which can make none by itself.

The schema names their types; without these the fuzzer takes any bytes for a picture.
"""

import io
import wave

import schemathesis
from hypothesis import strategies as st
from PIL import Image


def _picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "orange").save(out, form)
    return out.getvalue()


def _sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    return out.getvalue()


for _type, _form in (("image/png", "PNG"), ("image/jpeg", "JPEG"), ("image/gif", "GIF")):
    schemathesis.openapi.media_type(_type, st.just(_picture(_form)))
schemathesis.openapi.media_type("audio/wav", st.just(_sound()))
schemathesis.openapi.media_type(
    "text/plain", st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1).map(str.encode)
)
