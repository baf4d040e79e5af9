// What takes how much room, compared with what stands on the disk.
import Foundation
import Testing

@Suite(.serialized, .seated) struct UsageTests {
    @Test func usageSaysWhatStandsOnTheDisk() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/1905/a.mp4")
        try flipd.drop(Machine.otherClip, as: "b.mp4")
        let deleted = try #require(try flipd.asset("b.mp4", is: "ready")["id"] as? String)
        _ = try flipd.asset("a.mp4", is: "ready")
        #expect(try flipd.ctl("delete", deleted).status == 0)
        // Else flipd makes the first one by itself, a minute after its start.
        #expect(try flipd.ctl("snapshot").status == 0)
        func bytes(_ folder: String) throws -> Int {
            let command =
                "find '\(flipd.library.path)/\(folder)' -type f ! -name SHA256SUMS ! -name '*.json' ! -name flipd.conf -printf '%s\\n'"
            return try Machine.run(["sh", "-c", command]).output.split(separator: "\n").reduce(0) {
                $0 + (Int($1) ?? 0)
            }
        }
        let usage = try #require(try flipd.json("/v1/usage") as? [String: Any])
        let classes = try #require(usage["classes"] as? [String: [String: Int]])
        #expect(try classes["published"] == ["count": 1, "bytes": bytes("media")])
        #expect(try classes["trash"] == ["count": 1, "bytes": bytes("trash")])
        #expect(try classes["originals"] == ["count": 2, "bytes": bytes("originals")])
        #expect(try classes["snapshots"] == ["count": 1, "bytes": bytes("ledger")])
        #expect(usage["forecast"] is NSNull && usage["free_bytes"] is Int)
        let collections = try #require(usage["collections"] as? [[String: Any]])
        #expect(collections.map { $0["collection"] as? String } == ["", "Loom/1905"])
        #expect((usage["top_level"] as? [[String: Any]])?.map { $0["collection"] as? String } == ["", "Loom"])
        #expect((usage["months"] as? [[String: Any]])?.count == 1)
        let words = try flipd.ctl("usage")
        #expect(words.status == 0)
        for word in ["published", "originals", "trash", "Loom", "video", "is not yet known."] {
            #expect(words.output.contains(word), "\(words.output)")
        }
    }
}
