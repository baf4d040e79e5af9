// The worker from outside: a job in, lines out.
import Foundation
import Model
import Testing

/// Where SwiftPM puts programs and tests: side by side.
private let worker = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appendingPathComponent("flip-worker")

/// The built program, from outside: one line in, lines out.
@Suite(
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: worker.path),
        "flip-worker is not built beside the tests"))
struct WorkerTests {
    @Test func aJobIsAnsweredInLines() throws {
        let bench = try Bench()
        let text = try bench.write("No video at all.".utf8, as: "a.mp4")
        let job = try JSONEncoder().encode(bench.job(.preview, text))
        let (status, output, complaint) = try run([], job + Data("\nrest\n".utf8))
        #expect(status == 0)
        #expect(complaint.isEmpty)
        let lines = try output.split(separator: "\n").map {
            try JSONDecoder().decode(WorkerLine.self, from: Data($0.utf8))
        }
        guard case .hello(Job.currentProtocol, let madeWith, _) = lines.first else {
            Issue.record("no hello in \(output)")
            return
        }
        #expect(
            Set(madeWith.keys) == [
                "flipd", "recipe", "libavcodec", "libavformat", "libswscale", "libvips", "libheif",
            ])
        guard case .refused(let refusal) = lines.last else {
            Issue.record("no refusal in \(output)")
            return
        }
        #expect(refusal.problem == .notMedia)
    }

    @Test(arguments: [
        "", "no job\n", "{\"protocol\":99}\n", "{\"protocol\":1}\n", String(repeating: "x", count: 2 << 20),
    ])
    func whatIsNoJobIsSaidSo(line: String) throws {
        let (status, output, complaint) = try run([], Data(line.utf8))
        #expect(status == 2)
        #expect(output.isEmpty)
        #expect(complaint.hasPrefix("flip-worker: "))
    }

    @Test func itSaysWhatItCanDo() throws {
        let (status, output, _) = try run(["--check"])
        #expect(status == 0)
        #expect(output.contains("encoder libx264: yes"))
        #expect(try run(["--version"]).output.hasPrefix("flip-worker "))
        #expect(try run(["--nonsense"]).status == 2)
    }

    private func run(
        _ arguments: [String], _ input: Data = Data()
    ) throws -> (status: Int32, output: String, complaint: String) {
        let process = Process()
        process.executableURL = worker
        process.arguments = arguments
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (stdin, stdout, stderr)
        try process.run()
        // A worker that has read enough hangs up; that is no failure of ours.
        signal(SIGPIPE, SIG_IGN)
        try? stdin.fileHandleForWriting.write(contentsOf: input)
        try? stdin.fileHandleForWriting.close()
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        let complaint = stderr.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: output, as: UTF8.self),
            String(decoding: complaint, as: UTF8.self)
        )
    }
}
