"""Pictures for sample releases: quiet landscapes, the same each time for the same name."""

import random

from PIL import Image, ImageDraw

SIZE = 1200, 675
PALETTES = [
    ["#f3ede0", "#e9c9a0", "#c98b6b", "#7d6b7d", "#35506b", "#16324a"],
    ["#eaf1f2", "#c3dbe0", "#86b3bd", "#4c8391", "#275a6b", "#0f3445"],
    ["#f6efdf", "#e6d9a8", "#b7bd80", "#7d9a70", "#4a6f62", "#234b4c"],
    ["#f2e9ec", "#dcc0cc", "#b392aa", "#7f7396", "#4d5679", "#263a57"],
]


def draw(path):
    """Write a landscape of hills under a low sun to path, a PNG file of 1200 x 675 pixels."""
    chance = random.Random(path.stem)  # noqa: S311
    colours = chance.choice(PALETTES)
    width, height = SIZE
    image = Image.new("RGB", SIZE, colours[0])
    canvas = ImageDraw.Draw(image)
    x, y, radius = chance.randint(200, 1000), chance.randint(140, 280), chance.randint(45, 80)
    canvas.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colours[1])
    for layer, colour in enumerate(colours[1:]):
        horizon = 260 + layer * 85
        points, at = [(0, height)], -100
        while at < width + 200:
            points.append((at, horizon - chance.randint(0, 90)))
            at += chance.randint(90, 240)
        canvas.polygon([*points, (width, height)], fill=colour)
    image.save(path)
