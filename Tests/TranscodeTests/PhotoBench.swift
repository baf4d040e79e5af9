// What tests of photos need beside what those of videos do: pictures of every format, and what is written beside them.
import Foundation
import Model
import Testing
import Transcode

/// All that is about photos, one after the other: libvips keeps what it complains of in one place for all threads.
@Suite(.serialized, .seated) enum Photos {}

extension Bench {
    static let hasPhotoTools =
        hasTools
        && ["vips", "heif-enc", "cjpeg", "exiftool"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
        }
    static let photoToolsAreMissing: Comment =
        "the vips, heif-enc, cjpeg or exiftool command, with which tests make their photos, is not installed"

    /// A picture of which each corner has a colour of its own: red, green, blue and yellow, from the upper left on as one
    /// reads. `turned` by ffmpeg's filters.
    func corners(_ name: String, _ size: String = "640x480", turned: String = "null") throws -> Path {
        let (width, height) = (size.split(separator: "x")[0], size.split(separator: "x")[1])
        let box = { (place: String, colour: String) in "drawbox=\(place):w=iw/2:h=ih/2:c=\(colour):t=fill" }
        let boxes = [
            box("x=iw/2:y=0", "0x00C000"), box("x=0:y=ih/2", "0x0000C0"), box("x=iw/2:y=ih/2", "0xC0C000"),
        ].joined(separator: ",")
        return try draw(
            words: [
                "-f", "lavfi", "-i", "color=c=0xC00000:s=\(width)x\(height),format=rgb24,\(boxes),\(turned)",
                "-frames:v",
                "1", "-update", "1", "-q:v", "1",
            ], to: name)
    }

    /// Another format, by the program of libvips: "save.webp[Q=90]".
    func vips(_ operation: String, _ words: String...) throws { _ = try run("vips", [operation] + words) }

    func exiftool(_ file: Path, _ words: String...) throws {
        _ = try run("exiftool", ["-q", "-overwrite_original"] + words + [file.text])
    }

    func photo(
        _ original: Path, _ recipe: PhotoRecipe = PhotoRecipe(), memory_bytes: Int64 = 2 << 30
    ) throws(Refusal) -> (Media, [MadeFile]) {
        try Transcode.preview(
            job: job(.preview, original, photoRecipe: recipe, memory_bytes: memory_bytes), report: { _ in })
    }

    /// What a photo is refused with.
    func refusal(_ original: Path, _ recipe: PhotoRecipe = PhotoRecipe(), memory_bytes: Int64 = 2 << 30)
        -> Refusal?
    {
        do throws(Refusal) { _ = try photo(original, recipe, memory_bytes: memory_bytes) } catch {
            return error
        }
        return nil
    }

    /// The mean colour of each quarter, from the upper left on as one reads.
    func quarters(_ file: Path) throws -> [[UInt8]] {
        try ["0:0", "iw/2:0", "0:ih/2", "iw/2:ih/2"].map { try colour(file, region: "iw/2:ih/2:\($0)") }
    }

    /// Width, height, and whether it gets finer with every scan.
    func shape(_ file: Path) throws -> String {
        try run("exiftool", ["-s3", "-p", "${ImageWidth}x${ImageHeight} ${EncodingProcess}", file.text])
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Whether two colours are one to the eye.
func isNear(_ one: [UInt8], _ other: [UInt8], within step: Int = 12) -> Bool {
    one.count == other.count && zip(one, other).allSatisfy { abs(Int($0) - Int($1)) <= step }
}

let cornerColours: [[UInt8]] = [[0xC0, 0, 0], [0, 0xC0, 0], [0, 0, 0xC0], [0xC0, 0xC0, 0]]
