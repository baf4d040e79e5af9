// What system tests need of the machine: an ordinary user, the built programs where that user may read them, real
// clients, and small videos made on the spot.
import Foundation
import Scratch
import Testing

enum Machine {
    struct Failure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Permissions mean nothing to root, so root's tests run flipd as nobody.
    static let isRoot = geteuid() == 0
    static let asOrdinaryUser = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []

    /// The same, who may ask whether somebody writes to another user's file.
    static let asOrdinaryUserWithLeases =
        isRoot ? asOrdinaryUser + ["--inh-caps=+lease", "--ambient-caps=+lease"] : []

    /// A fresh folder that belongs to the ordinary user.
    static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "flipd-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if isRoot { try run(["chown", "65534:65534", folder.path]) }
        return folder
    }

    /// The programs and the page, laid out once as they are installed, where an ordinary user can reach them: the checkout
    /// may be in somebody's home.
    private static let programs: URL = {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("flipd-programs-\(getpid())")
        let folder = place.appendingPathComponent("bin")
        let share = place.appendingPathComponent("share/flipd")
        for made in [folder, share] {
            try? FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        }
        try? FileManager.default.copyItem(at: page, to: share.appendingPathComponent("web"))
        let built = Bundle.main.bundleURL
        let names = ["flipd", "flip-worker", "flipctl", "faults"]
        // By another process: one that is begun meanwhile would inherit what we write to, and keep it from being run.
        _ = try? run(["cp"] + names.map { built.appendingPathComponent($0).path } + [folder.path])
        atexit { try? FileManager.default.removeItem(at: Machine.programs.deletingLastPathComponent()) }
        return folder
    }()

    /// The page's sources.
    static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("web")

    static func program(_ name: String) -> String { programs.appendingPathComponent(name).path }

    @discardableResult
    static func run(_ command: [String], mustSucceed: Bool = true, input: String? = nil) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        if let input {
            let pipe = Pipe()
            process.standardInput = pipe
            try process.run()
            try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try pipe.fileHandleForWriting.close()
        } else {
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }
        // The errors of these programs are short; their output may not be.
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let result = Result(status: process.terminationStatus, output: text, errors: complaints)
        if mustSucceed, result.status != 0 {
            throw Failure(text: "\(command.joined(separator: " ")) ended with \(result.status): \(complaints)")
        }
        return result
    }

    static func has(_ program: String) -> Bool {
        (try? run(["sh", "-c", "command -v \(program)"], mustSucceed: false))?.status == 0
    }

    // MARK: Clips

    /// A short clip as a phone makes it: on its side, with sound.
    static let clip: URL = {
        let clip = Clip.folder.appendingPathComponent("clip.mov")
        Clip.make(["-i", otherClip.path, "-c", "copy", "-t", "1"], clip)
        do {
            let lying = [UInt8](try Data(contentsOf: clip))
            try Data(#require(filmedUpright(lying, height: 240))).write(to: clip)
        } catch {
            Issue.record("no clip could be filmed upright: \(error)")
        }
        return clip
    }()
    /// Another one, with other bytes.
    static let otherClip = Clip.encoded("other.mp4", size: "320x240", seconds: 2)
    /// As little as can be published.
    static let tinyClip = Clip.encoded("tiny.mp4", size: "160x120", seconds: 1)
    /// Hardly any bytes, for whoever needs thousands of it.
    static let smallClip: URL = {
        let clip = Clip.folder.appendingPathComponent("small.mp4")
        Clip.make(
            ["-f", "lavfi", "-i", "color=s=64x64:r=5:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p"], clip)
        return clip
    }()
    /// Three frames without sound, where the way counts and not the video.
    static let threeFrames: URL = {
        let clip = Clip.folder.appendingPathComponent("three.mp4")
        let source = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=0.3"]
        Clip.make(source + ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"], clip)
        return clip
    }()
    /// One that takes some seconds to transcode.
    static let longClip = Clip.encoded("long.mp4", size: "1280x720", seconds: 20)

    static let smallPhoto: URL = {
        let photo = Clip.folder.appendingPathComponent("small.jpg")
        Clip.make(["-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "1", "-update", "1"], photo)
        return photo
    }()

    /// Taller than a screen, and than it is wide.
    static let tallPhoto: URL = {
        let photo = Clip.folder.appendingPathComponent("tall.jpg")
        Clip.make(["-f", "lavfi", "-i", "testsrc2=s=1200x1600", "-frames:v", "1", "-update", "1"], photo)
        return photo
    }()

    private enum Clip {
        static let folder: URL = {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "flipd-clips-\(getpid())")
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            atexit { try? FileManager.default.removeItem(at: Clip.folder) }
            return folder
        }()

        static func encoded(_ name: String, size: String, seconds: Int) -> URL {
            let file = folder.appendingPathComponent(name)
            make(
                [
                    "-f", "lavfi", "-i", "testsrc2=s=\(size):r=30:d=\(seconds)",
                    "-f", "lavfi", "-i", "sine=f=440:r=48000:d=\(seconds)",
                    "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
                    "-shortest",
                ], file)
            return file
        }

        static func make(_ options: [String], _ file: URL) {
            let command = ["ffmpeg", "-v", "error", "-nostdin", "-y"] + options + [file.path]
            do { try Machine.run(command) } catch { Issue.record("no clip could be made: \(error)") }
        }
    }
}
