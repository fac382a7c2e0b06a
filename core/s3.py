"""Files in storage that speaks S3: Amazon's own, MinIO, Ceph, R2 and others.

Named in STORAGES when S3_BUCKET is set and imported when the first file is asked for: its
client weighs more than an idle house should. Whoever fetches a file fetches it from us, with
our headers and our signed addresses; the bucket stays closed to everybody else.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from core.errors import Unavailable

F = TypeVar("F", bound=Callable[..., Any])
PIECE = 64 * 1024
# Above what is ever kept here: a file goes and comes in one request.
ONE_REQUEST = 1024**3


def _told(method: F) -> F:
    """Say in our words, without names of hosts, that the storage does not answer."""

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except ClientError as error:
            if _missing(error):
                raise FileNotFoundError("There is no such file in the storage.") from None
            code = str(error.response.get("Error", {}).get("Code", ""))[:40]
            raise Unavailable(f"The storage of files refuses ({code}).", code="storage") from None
        except BotoCoreError as error:
            words = f"The storage of files does not answer ({type(error).__name__})."
            raise Unavailable(words, code="storage") from None

    return cast(F, call)


def _missing(error: ClientError) -> bool:
    return bool(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404)


class S3Files(S3Storage):  # type: ignore[misc]
    """The bucket named in the settings. Raises Unavailable when it cannot be reached.

    Options: `bucket_name`, `endpoint_url`, `region_name`, `access_key`, `secret_key`,
    `location` (a prefix) and `addressing_style`.
    """

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            "file_overwrite": False,
            "default_acl": None,
            # What somebody opens in the bucket itself is saved and never shown.
            "object_parameters": {
                "ContentType": "application/octet-stream",
                "ContentDisposition": "attachment",
            },
            "transfer_config": TransferConfig(multipart_threshold=ONE_REQUEST, use_threads=False),
        }

    def __init__(self, **options: Any) -> None:
        style = options.get("addressing_style") or "auto"
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": style},
            connect_timeout=5,
            read_timeout=20,
            retries={"total_max_attempts": 3, "mode": "standard"},
            # Sums at the end of a body are what most servers other than Amazon's do not know.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(client_config=config, **options)

    _open = _told(S3Storage._open)
    _save = _told(S3Storage._save)
    delete = _told(S3Storage.delete)
    exists = _told(S3Storage.exists)
    size = _told(S3Storage.size)

    @_told
    def stream(self, name: str, first: int, count: int) -> Iterator[bytes]:
        """So many bytes of a file from `first` on; nothing else of it is fetched."""
        span = f"bytes={first}-{first + count - 1}"
        answer = self._client.get_object(Bucket=self.bucket_name, Key=self._key(name), Range=span)
        found: Iterator[bytes] = answer["Body"].iter_chunks(PIECE)
        return found

    @_told
    def check(self) -> str:
        """Where the files lie, once the bucket has answered."""
        try:
            self._client.head_bucket(Bucket=self.bucket_name)
        except ClientError as error:
            if _missing(error):
                raise Unavailable("There is no such bucket.", code="storage") from None
            raise
        return f"S3, bucket {self.bucket_name}"

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _key(self, name: str) -> str:
        return str(self._normalize_name(name))
