"""Pictures of every kind that readPng reads, as Pillow writes them, with the pixels that Pillow reads on white.

python -m venv /tmp/pillow && /tmp/pillow/bin/pip install pillow && /tmp/pillow/bin/python test/compare/make-pictures.py
"""
import base64, io, json, random
from PIL import Image, ImageDraw

random.seed(7)

def picture(mode):
    image = Image.new("RGBA", (11, 7))
    draw = ImageDraw.Draw(image)
    for x in range(11):
        for y in range(7):
            image.putpixel((x, y), (random.randrange(256), x * 20, y * 30, 255 if x < 6 else 90))
    draw.line((0, 0, 10, 6), fill=(255, 0, 0, 255))
    if mode == "I;16":
        image = image.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
        return image
    if mode == "P":
        return image.convert("RGB").quantize(200)
    if mode == "P4":
        return image.convert("RGB").quantize(10)
    return image.convert(mode)

def white(image):
    if image.mode == "I;16":
        image = Image.frombytes("L", image.size, bytes(value >> 8 for value in image.getdata()))
    image = image.convert("RGBA")
    return [round((c * a + 255 * (255 - a)) / 255) for r, g, b, a in image.getdata() for c in (r, g, b)]

cases = []
for mode in ["RGB", "RGBA", "L", "LA", "1", "P", "P4", "I;16"]:
    image, file = picture(mode), io.BytesIO()
    image.save(file, "PNG", bits=4) if mode == "P4" else image.save(file, "PNG")
    cases.append({"mode": mode, "png": base64.b64encode(file.getvalue()).decode(), "rgb": white(Image.open(io.BytesIO(file.getvalue())))})
with open("test/compare/fixtures/pictures.json", "w") as out:
    json.dump(cases, out)
    out.write("\n")
