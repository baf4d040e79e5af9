"""What flip-worker is told of a job: one line of JSON, as Sources/Model/Job.swift reads it."""
import json

IDENTITY = "0190a0a0-0000-7000-8000-000000000000"
RECIPE = {"longSide": 2400, "quality": 23, "preset": "seed", "audioBitrate": 128000, "maxFrameRate": 60,
          "copyWhenPlayable": True, "maxDuration_s": 21600}
PHOTO_RECIPE = {"longSide": 2400, "quality": 85, "maxPixels": 300_000_000,
                "sizes": [{"width": width, "height": height} for width, height in ((150, 150), (300, 300), (800, 600))]}


def line(kind, original, staging, identity=IDENTITY, threads=0, **recipe):
    """With the usual recipe, but for what is named."""
    job = {"protocol": 3, "id": identity, "kind": kind, "original": original, "staging": staging, "threads": threads,
           "memory_bytes": 4 << 30, "recipe": {**RECIPE, **recipe}, "photoRecipe": PHOTO_RECIPE}
    return (json.dumps(job) + "\n").encode()
