#!/usr/bin/env python3
"""Makes the pictures of the page anew that docs/operating.md shows, from an archive with woven cloth in it.

    make build && bench/pictures.py [--built .build/release] [--into docs/pictures]

Everything in them is made here, thread by thread, so that nobody's rights or face are in them. Needs ffmpeg,
chromium-driver, and pngquant to make them small.
"""
import argparse
import base64
import json
import math
import os
import shutil
import subprocess
import sys
import time

from flipd import Connection, drop, running, scratch
from page import Browser, free_port

WIDTH, HEIGHT, THREAD = 1200, 1000, 5
WIDE, TALL = (960, 540), (540, 960)


# Cloth: each thread of the warp crosses each thread of the weft, and `over` says which one is on top.


def cloth(warp, weft, over):
    """A picture as PPM. `warp` and `weft` give the colour of a thread, `over` whether the warp is on top."""
    cells = {}

    def cell(colour, is_warp):
        """The rows of one crossing: a thread is round, so that it is darker at its edges."""
        if (colour, is_warp) not in cells:
            shades = [1 - 0.5 * abs((step + 0.5) / THREAD - 0.5) for step in range(THREAD)]
            pixels = [bytes(min(255, int(part * shade)) for part in colour) for shade in shades]
            cells[colour, is_warp] = [b"".join(pixels) if is_warp else pixels[row] * THREAD for row in range(THREAD)]
        return cells[colour, is_warp]

    picture = [f"P6 {WIDTH} {HEIGHT} 255\n".encode()]
    for y in range(HEIGHT // THREAD):
        crossings = []
        for x in range(WIDTH // THREAD):
            top = over(x, y)
            crossings.append(cell(warp(x, y) if top else weft(x, y), top))
        picture += [b"".join(rows[row] for rows in crossings) for row in range(THREAD)]
    return b"".join(picture)


def striped(*stripes):
    """The colour of a thread in a pattern of (threads, colour), which repeats."""
    threads = [colour for count, colour in stripes for _ in range(count)]
    return lambda at: threads[at % len(threads)]


def twill(x, y):
    return (x + y) % 4 < 2


def herringbone(x, y):
    return ((x if x // 14 % 2 else -x) + y) % 4 < 2


def tartan(*stripes):
    colour = striped(*stripes)
    return cloth(lambda x, y: colour(x), lambda x, y: colour(y), twill)


def damask(ground, figure, motif):
    """Two colours, and satin of the one or of the other, as the motif wants."""
    def over(x, y):
        point = (3 * x + y) % 8 == 0
        return point if motif(x, y) else not point
    return cloth(lambda x, y: ground, lambda x, y: figure, over)


def ogee(x, y):
    """Leaves that meet in points, each with a ring in it; every other row stands between."""
    for shift in (0, 1):
        u, v = (x + 22 * shift) % 44 - 22, (y + 36 * shift) % 72
        width = 11 - 11 * math.cos(2 * math.pi * v / 72)
        if abs(u) < 0.8 * width and not 0.35 * width < abs(u) < 0.55 * width:
            return True
    return False


def flower(x, y):
    row = y // 50
    u, v = (x + 25 * (row % 2)) % 50 - 25, y % 50 - 25
    far, turn = math.hypot(u, v), math.atan2(v, u)
    return far < 14 + 6 * math.cos(6 * turn) and not 4 < far < 6.5


def cards(x, y):
    """The holes of the cards that tell a loom its pattern."""
    row, column = y // 9, x // 8
    return y % 9 != 0 and math.hypot(x % 8 - 3.5, y % 9 - 5) < 2.7 and (row * 37 + column * column * 11 + row * column) % 7 < 4


RED, GREEN, BLUE, CREAM = (158, 36, 40), (30, 82, 62), (38, 62, 120), (236, 226, 204)
GOLD, BLACK, GREY, ROSE = (214, 160, 54), (30, 30, 34), (142, 142, 138), (196, 112, 116)
TEAL, PLUM, BROWN, SKY = (36, 116, 122), (96, 44, 84), (116, 78, 48), (140, 178, 204)

# Where something is dropped, what it shows, and how long it plays, which photos do for no time; some were held upright.
DROPPED = [
    ("Mill museum/IMG_2041.MOV", lambda: tartan((16, RED), (4, BLACK), (16, GREEN), (2, GOLD), (16, GREEN), (4, BLACK)), 14, WIDE),
    ("Mill museum/IMG_2042.MOV", lambda: cloth(lambda x, y: CREAM, lambda x, y: BROWN, herringbone), 9, WIDE),
    ("Mill museum/IMG_2043.MOV", lambda: damask(GOLD, PLUM, ogee), 6, TALL),
    ("Mill museum/IMG_2044.JPG", lambda: tartan((10, CREAM), (3, BROWN), (10, SKY), (3, PLUM)), 0, TALL),
    ("Loom/1905/VID_20261107_141203.mp4", lambda: damask(CREAM, RED, flower), 21, WIDE),
    ("Loom/1905/VID_20261107_141544.mp4", lambda: damask((222, 208, 172), BLACK, cards), 16, WIDE),
    ("Loom/1905/VID_20261107_141732.mp4", lambda: tartan((20, BLACK), (2, GOLD), (20, TEAL), (2, CREAM), (20, TEAL), (2, GOLD)), 7, TALL),
    ("Loom/1905/VID_20261107_142210.mp4", lambda: damask(BLUE, CREAM, ogee), 12, WIDE),
    ("Loom/1905/VID_20261107_142655.mp4", lambda: cloth(
        lambda x, y: striped((18, TEAL), (3, CREAM), (9, GREY), (3, CREAM))(x), lambda x, y: BLACK, herringbone), 11, WIDE),
    ("Loom/1905/IMG_20261107_142901.jpg", lambda: damask((120, 96, 58), CREAM, flower), 0, WIDE),
    ("Loom/1905/IMG_20261107_142930.jpg", lambda: cloth(lambda x, y: GOLD, lambda x, y: RED, herringbone), 0, TALL),
    ("Loom/Jacquard/MVI_0030.MOV", lambda: tartan((24, SKY), (6, CREAM), (24, BLUE), (6, CREAM)), 5, WIDE),
    ("Loom/Jacquard/MVI_0031.MOV", lambda: damask(GREEN, (226, 206, 150), flower), 18, WIDE),
    ("Loom/Jacquard/MVI_0032.MOV", lambda: damask((190, 60, 58), (240, 214, 160), ogee), 8, WIDE),
    ("Loom/Jacquard/MVI_0033.MOV", lambda: damask(BLUE, (236, 226, 204), cards), 6, WIDE),
]
CAPTIONS = {
    "IMG_2041.MOV": "The red tartan comes off the loom", "VID_20261107_141203.mp4": "Damask with flowers",
    "VID_20261107_141544.mp4": "How the cards are read", "MVI_0031.MOV": "First day of the restored loom",
}


def film(folder, picture, seconds, size, more=()):
    """The camera moves slowly over the cloth, not quite in focus; a hum and clicks are heard."""
    still, clip = f"{folder}/still.ppm", f"{folder}/clip.mp4"
    with open(still, "wb") as file:
        file.write(picture)
    width, height = size
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-loop", "1", "-r", "25", "-i", still, "-f", "lavfi",
         "-i", "sine=frequency=90:beep_factor=8:sample_rate=48000", "-t", str(seconds), "-vf",
         f"crop={width}:{height}:(iw-ow)*t/{seconds}:(ih-oh)*t/{seconds},gblur=sigma=2.5,format=yuv420p", "-c:v", "libx264",
         "-preset", "ultrafast", "-crf", "30", "-c:a", "aac", *more, clip], check=True)
    with open(clip, "rb") as file:
        return file.read()


def photo(folder, picture, size):
    """The same cloth, held still."""
    still, taken = f"{folder}/still.ppm", f"{folder}/taken.jpg"
    with open(still, "wb") as file:
        file.write(picture)
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", still, "-vf", f"crop={size[0]}:{size[1]},gblur=sigma=1", "-frames:v", "1",
         "-update", "1", "-q:v", "3", taken], check=True)
    with open(taken, "rb") as file:
        return file.read()


def put(root, path, data):
    folder, name = os.path.split(path)
    os.makedirs(f"{root}/incoming/{folder}", exist_ok=True)
    drop(f"{root}", "arriving", data)
    if os.geteuid() == 0:
        # Somebody without a name, instead of the machine's root.
        os.chown(f"{root}/incoming/arriving", 4242, 4242)
    os.rename(f"{root}/incoming/arriving", f"{root}/incoming/{folder}/{name}")


def caption(daemon):
    for asset in list(daemon.assets()):
        words = CAPTIONS.get(asset["source_name"])
        if words:
            connection = Connection(f"{daemon.root}/run/status.sock")
            connection.request("PATCH", f"/v1/assets/{asset['id']}", json.dumps({"caption": words}))
            if connection.getresponse().status != 200:
                sys.exit(f"{asset['source_name']} got no caption")
            connection.close()


def fill(built, root, copy):
    """Everything that is ready, and its second copy."""
    with running(built, root, ["--set", f"Backup.Destination={copy}"]) as daemon:
        for path, made, seconds, size in DROPPED:
            put(root, path, film(root, made(), seconds, size) if seconds else photo(root, made(), size))
            daemon.wait(f"{path} is taken", lambda: not os.path.exists(f"{root}/incoming/{path}"), 60)
        daemon.wait("all of it is ready", lambda: daemon.ask("/v1/status")["counts"]["ready"] == len(DROPPED), 300)
        caption(daemon)
        for word in ("--init", "--now"):
            subprocess.run([f"{built}/flipctl", "--root", root, "backup", word], check=True, stdout=subprocess.DEVNULL)


def disturb(daemon, root):
    """What came back, and what is still on its way."""
    whole = film(root, tartan((8, ROSE), (8, CREAM)), 10, WIDE)
    put(root, "Mill museum/IMG_2045.MOV", whole[: len(whole) // 2])
    put(root, "Loom/1905/List of looms.docx", b"PK\x03\x04 this is no video at all")
    put(root, "Loom/Jacquard/MVI_0034.MOV", b"")
    daemon.wait("three files came back", lambda: daemon.ask("/v1/status")["needs_you"] == 3, 120)
    long = film(root, tartan((12, PLUM), (3, CREAM), (12, TEAL), (3, GOLD)), 90, (1160, 960))
    put(root, "Mill museum/IMG_2046.MOV", long)
    put(root, "Mill museum/IMG_2047.MOV", film(root, damask(TEAL, CREAM, flower), 11, WIDE))
    daemon.wait("one is being converted", lambda: any(
        job["stage"] == "transcode" and job["progress"] > 0.2 for job in daemon.ask("/v1/status")["jobs"]), 120)


class Camera(Browser):
    """Takes pictures of what a screen of some size shows."""

    def __init__(self, into):
        super().__init__()
        self.into = into

    def say(self, command, **parameters):
        return self.ask("POST", f"{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screen(self, width, height, is_phone=False):
        self.say("Emulation.setDeviceMetricsOverride", width=width, height=height, mobile=is_phone, deviceScaleFactor=1)

    def click(self, selector):
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def take(self, name):
        # Until every picture that is in sight has come and nothing moves any more.
        for _ in range(50):
            if self.run("return [...document.images].every(image => image.complete || !image.offsetParent)"):
                break
            time.sleep(0.1)
        time.sleep(1)
        path = f"{self.into}/{name}.png"
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.say("Page.captureScreenshot", format="png")["data"]))
        if shutil.which("pngquant"):
            subprocess.run(["pngquant", "--force", "--ext", ".png", "--nofs", "--strip", "--speed", "1", "64", path], check=True)
        print(f"{path}: {os.path.getsize(path) / 1000:.0f} kB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", default=".build/release")
    parser.add_argument("--into", default="docs/pictures")
    arguments = parser.parse_args()
    built, port = os.path.abspath(arguments.built), free_port()
    os.makedirs(arguments.into, exist_ok=True)
    # A copy on the same disk would be refused.
    with scratch() as root, scratch("/dev/shm") as copy:
        fill(built, root, copy)
        settings = ["--set", f"Backup.Destination={copy}", "--set", f"Status.Listen=127.0.0.1:{port}",
                    "--set", "Video.CopyWhenPlayable=no", "--set", "Intake.Patience=0s", "--set", "Intake.EmptyAfter=0s",
                    "--set", "Video.Preset=slow"]
        with running(built, root, settings) as daemon:
            camera = Camera(arguments.into)
            try:
                camera.say("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
                camera.say("Emulation.setScrollbarsHidden", hidden=True)
                disturb(daemon, root)
                camera.screen(1440, 900)
                camera.open(f"http://127.0.0.1:{port}/")
                camera.take("page")
                camera.click("#needs-you")
                camera.take("needs-you")
                camera.screen(390, 844, is_phone=True)
                camera.open(f"http://127.0.0.1:{port}/")
                camera.take("phone")
                camera.screen(1000, 700)
                camera.open(f"file://{root}/incoming/What%20happened.html")
                camera.take("what-happened")
            finally:
                camera.close()


if __name__ == "__main__":
    main()
