// What a page gives to those who cannot see it well, or at all: a list of what is wrong.
() => {
  const wrong = new Set();
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
  };
  const words = (ids) =>
    (ids || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join(" ");
  const name = (element) =>
    [
      element.getAttribute("aria-label"),
      words(element.getAttribute("aria-labelledby")),
      element.textContent,
      ...[...(element.labels || [])].map((label) => label.textContent),
      element.title,
      element.placeholder,
    ].some((said) => said?.trim());
  for (const element of document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea",
  ))
    if (seen(element) && !name(element)) wrong.add(`no name: ${element.outerHTML.slice(0, 120)}`);

  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids.filter((one, at) => ids.indexOf(one) !== at)) wrong.add(`id twice: ${id}`);

  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const mix = (...colours) => {
    paint.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      paint.fillStyle = colour;
      paint.fillRect(0, 0, 1, 1);
    }
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      layers.unshift(colour);
      if (mix(colour)[3] === 255) break;
    }
    return ["white", ...layers];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const said = texts.currentNode.nodeValue.trim();
    if (!said || !seen(element)) continue;
    if (element.closest("[disabled], [aria-hidden=true], .sr-only, script, style")) continue;
    const below = ground(element);
    const style = getComputedStyle(element);
    const [one, other] = [light(mix(...below)), light(mix(...below, style.color))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const least = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    if (ratio < least) wrong.add(`${ratio.toFixed(2)}: "${said.slice(0, 30)}" .${element.className}`);
  }
  return [...wrong];
}
