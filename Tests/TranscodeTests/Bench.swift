// What the tests of this room need: tools, clips made on the spot, recordings where there are some.
import Foundation
import Model
import Testing
import Transcode

/// A folder of its own for each test, and what tests do in it: draw clips, convert them, look at the results.
///
/// Clips are drawn with the `ffmpeg` program where the machine has one; flipd itself never runs it.
final class Bench {
    let folder: URL
    private let id: AssetID

    static let hasTools = ["/usr/bin/ffmpeg", "/usr/bin/ffprobe"].allSatisfy(
        FileManager.default.isExecutableFile)
    static let toolsAreMissing: Comment =
        "the ffmpeg command, with which tests draw their clips, is not installed"

    /// Recordings of real cameras, kept beside the source where it is developed.
    static func recording(_ name: String) -> Path? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return ["../shared/corpus"].lazy
            .map { root.appendingPathComponent($0).appendingPathComponent(name).standardizedFileURL.path }
            .first(where: FileManager.default.isReadableFile).map { Path($0) }
    }

    private static let prepared: Result<Void, Refusal> = Result { () throws(Refusal) in try prepare() }

    init() throws {
        try Self.prepared.get()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("flip-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var maker = AssetID.Maker()
        id = maker.next(at: Timestamp(milliseconds: 1_800_000_000_000))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> Path { Path(folder.appendingPathComponent(name).path) }

    func file(_ role: Rendition.Role, _ kind: Kind = .video) -> Path { path(role.file(of: id, kind: kind)) }

    func write(_ bytes: some Sequence<UInt8>, as name: String) throws -> Path {
        try Data(bytes).write(to: folder.appendingPathComponent(name))
        return path(name)
    }

    /// Draws a clip; the last argument of `ffmpeg` is its name.
    func draw(_ name: String, _ arguments: String...) throws -> Path {
        try draw(words: arguments.flatMap { $0.split(separator: " ").map(String.init) }, to: name)
    }

    func draw(words: [String], to name: String) throws -> Path {
        _ = try run("ffmpeg", ["-v", "error", "-y"] + words + [path(name).text])
        return path(name)
    }

    /// What `ffmpeg` writes, without a file.
    func bytes(_ arguments: String...) throws -> [UInt8] {
        let all = ["-v", "error"] + arguments.flatMap { $0.split(separator: " ").map(String.init) }
        return Array(try runForBytes("ffmpeg", all + ["-"]))
    }

    /// The first picture in grey, row by row.
    func grey(_ file: Path, width: Int, height: Int) throws -> [[UInt8]] {
        let bytes = [UInt8](
            try runForBytes(
                "ffmpeg",
                ["-v", "error", "-i", file.text, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"]))
        try #require(bytes.count == width * height)
        return (0..<height).map { Array(bytes[($0 * width)..<(($0 + 1) * width)]) }
    }

    func job(
        _ kind: JobKind, _ original: Path,
        recipe: Recipe = Recipe(preset: "ultrafast", copyWhenPlayable: false),
        photoRecipe: PhotoRecipe = PhotoRecipe(), memory_bytes: Int64 = 2 << 30
    ) -> Job {
        Job(
            id: id, kind: kind, original: original, staging: Path(folder.path), recipe: recipe,
            photoRecipe: photoRecipe,
            threads: 1, memory_bytes: memory_bytes)
    }

    func preview(_ original: Path) throws(Refusal) -> (Media, [MadeFile]) {
        try Transcode.preview(job: job(.preview, original), report: { _ in })
    }

    /// Converted, unless `copies` what plays as it is.
    func transcode(
        _ original: Path, longSide: Int = 2400, maxFrameRate: Int = 60, maxDuration_s: Double = 21_600,
        copies: Bool = false, preset: String = "ultrafast"
    ) throws(Refusal) -> Media {
        let recipe = Recipe(
            longSide: longSide, preset: preset, maxFrameRate: maxFrameRate, copyWhenPlayable: copies,
            maxDuration_s: maxDuration_s)
        return try Transcode.transcode(job: job(.transcode, original, recipe: recipe), report: { _ in }).0
    }

    /// The problem that a preview, or else a transcode, ends with.
    func problem(of original: Path) -> Problem? {
        do throws(Refusal) {
            _ = try preview(original)
            _ = try transcode(original)
            return nil
        } catch {
            return error.problem
        }
    }

    /// What another reader says of a file: "key=value" for each of `entries`.
    func facts(_ file: Path, _ entries: String) throws -> Set<String> {
        let text = try run(
            "ffprobe", ["-v", "error", "-show_entries", entries, "-of", "default=nk=0:nw=1", file.text])
        return Set(text.split(separator: "\n").map(String.init))
    }

    /// When each picture is shown, in seconds.
    func times(_ file: Path) throws -> [Double] {
        let text = try run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0",
                file.text,
            ])
        return text.split(whereSeparator: { $0 == "\n" || $0 == "," }).compactMap { Double($0) }
    }

    /// The mean colour of a region of a picture or of a video's first frame, as red, green, blue.
    func colour(_ file: Path, region: String) throws -> [UInt8] {
        let filter = "crop=\(region),scale=1:1:flags=area"
        let bytes = try runForBytes(
            "ffmpeg",
            [
                "-v", "error", "-i", file.text, "-frames:v", "1", "-vf", filter, "-f", "rawvideo", "-pix_fmt",
                "rgb24", "-",
            ])
        return Array(bytes.prefix(3))
    }

    /// How loud each fiftieth of the first seconds is, 0 to 1.
    func loudness(_ file: Path) throws -> [Double] {
        let bytes = try runForBytes(
            "ffmpeg", ["-v", "error", "-i", file.text, "-f", "s16le", "-ac", "1", "-ar", "5000", "-"])
        let samples = stride(from: 0, to: bytes.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
        return stride(from: 0, to: samples.count - 100, by: 100).map { start in
            Double(samples[start..<(start + 100)].map { abs(Int($0)) }.max() ?? 0) / 32768
        }
    }

    /// Where a track ends, in seconds.
    func end(of track: String, in file: Path) throws -> Double {
        let text = try run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", track, "-show_entries",
                "stream=duration:packet=pts_time,duration_time,flags", "-of", "csv", file.text,
            ])
        let lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        let packets = lines.filter { $0[0] == "packet" && !$0[3].contains("D") }
        let ends = packets.compactMap { line in Double(line[1]).map { $0 + (Double(line[2]) ?? 0) } }
        let own = lines.filter { $0[0] == "stream" }.compactMap { Double($0[1]) }
        return max(ends.max() ?? 0, own.first ?? 0)
    }

    /// What each picture looks like, as a hash.
    func looks(_ file: Path) throws -> [String] {
        let text = try run("ffmpeg", ["-v", "error", "-i", file.text, "-map", "0:v:0", "-f", "framehash", "-"])
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap {
            $0.split(separator: ",").last.map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    func run(_ tool: String, _ arguments: [String]) throws -> String {
        String(decoding: try runForBytes(tool, arguments), as: UTF8.self)
    }

    private func runForBytes(_ tool: String, _ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(tool)")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(tool) \(arguments.joined(separator: " "))")
        return bytes
    }
}
