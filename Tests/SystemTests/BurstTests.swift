// Very many files at once: each is recorded exactly once, the status goes on answering, and memory stays flat.
// `bench/intake.py` measures the same on the release build, with its figures.
import Foundation
import Testing

@Suite(.serialized, .seated) struct BurstTests {
    @Test func a_thousand_files_dropped_while_it_is_down_are_each_recorded_once() throws {
        let flipd = try Flipd(start: false)
        try flipd.dropBurst(1000, copying: false)
        try flipd.start()
        let polls = try flipd.pollUntilRecorded(1000)
        try flipd.expectEachRecordedOnce(1000)
        #expect(polls.median_s < 0.1)
    }

    @Test func ten_thousand_files_dropped_at_once_are_each_recorded_once() throws {
        let flipd = try Flipd()
        let before_kb = try flipd.peak_kb()
        try flipd.dropBurst(10_000, copying: true)
        let polls = try flipd.pollUntilRecorded(10_000)
        try flipd.expectEachRecordedOnce(10_000)
        // On a machine that is shared only the middle of many answers can be relied on.
        #expect(polls.median_s < 0.1)
        #expect(polls.count > 10)
        // Flat: what is kept of each file that waits is some hundred bytes.
        let peak_kb = try flipd.peak_kb()
        #expect(peak_kb - before_kb < 32 << 10, "the peak was \(before_kb) kB before, and is \(peak_kb) kB")

        // Nearly all of them wait for their workers now, which keeps it neither from ending nor from beginning.
        let stop = try flipd.stop()
        #expect(stop.seconds < 10 && stop.code == 0)
        try flipd.start()
        try flipd.expectEachRecordedOnce(10_000)
        #expect(try flipd.stop().seconds < 10)
    }
}

extension Flipd {
    /// Drops a folder of small distinct videos: with `cp`, or as it is by one rename.
    func dropBurst(_ count: Int, copying: Bool) throws {
        let folder = root.appendingPathComponent("burst")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let clip = try Data(contentsOf: Machine.smallClip)
        for number in 0..<count {
            // A box of free space at its end makes other bytes of the same video.
            var file = clip + [0, 0, 0, 16] + Data("free".utf8)
            withUnsafeBytes(of: UInt64(number)) { file += $0 }
            try file.write(to: folder.appendingPathComponent("\(number).mp4"))
        }
        let owner = Machine.isRoot ? "chown -R 65534:65534 burst && " : ""
        try Machine.run(["sh", "-c", "cd \(root.path) && \(owner) chmod -R u=rwX,go=rX burst"])
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "-p", incoming.path])
        try Machine.run(
            Machine.asOrdinaryUser + (copying ? ["cp", "-r"] : ["mv"]) + [
                folder.path, incoming.path + "/Burst",
            ])
    }

    struct Polls {
        let count: Int
        let median_s: Double
    }

    /// Asks for the status until every file has its row. Each question must be answered.
    func pollUntilRecorded(_ files: Int) throws -> Polls {
        var times_s: [Double] = []
        try waitUntil("\(files) files are recorded", within: 1200) {
            let answer = try Machine.run([
                "curl", "-sf", "-w", "\n%{time_total}", "--unix-socket", root.path + "/run/status.sock",
                "http://flipd/v1/status",
            ]).output.split(separator: "\n")
            times_s.append(try #require(answer.last.flatMap { Double($0) }))
            let status = try JSONSerialization.jsonObject(with: Data((answer.first ?? "").utf8))
            let counts = try #require((status as? [String: Any])?["counts"] as? [String: Int])
            return counts.values.reduce(0, +) >= files
        }
        return Polls(count: times_s.count, median_s: times_s.sorted()[times_s.count / 2])
    }

    /// One row and one original for each file, and nothing left where it was dropped.
    func expectEachRecordedOnce(_ files: Int) throws {
        var (rows, names, digests) = (0, Set<String>(), Set<String>())
        var after = ""
        while true {
            let page = try #require(try json("/v1/assets?limit=500\(after)") as? [String: Any])
            for asset in try #require(page["assets"] as? [[String: Any]]) {
                rows += 1
                names.insert(try #require(asset["source_name"] as? String))
                digests.insert(try #require(asset["sha256"] as? String))
            }
            guard let next = page["next"] as? String else { break }
            after = "&after=\(next)"
        }
        #expect(rows == files && names.count == files && digests.count == files)
        #expect(try self.files(below: "incoming").isEmpty)
        #expect(try self.files(below: "library/originals").count == files)
    }

    /// The most memory it has had resident.
    func peak_kb() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) })
    }
}
