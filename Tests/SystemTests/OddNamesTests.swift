// Names that only differ by case, that are ours, that are as long as names get, or that no keyboard has.
import Foundation
import Testing

@Suite(.serialized, .seated) struct OddNamesTests {
    @Test func names_that_differ_by_case_alone_are_two() throws {
        let flipd = try Flipd()
        try flipd.write("one", as: "Loom/A.txt")
        try flipd.write("two", as: "Loom/a.txt")
        try flipd.write("three", as: "loom/a.txt")
        try flipd.waitUntil("all are back") { try flipd.assets("?state=failed").count == 3 }
        let problems = flipd.incoming.path + "/Problems/"
        for (name, text) in [("Loom/A.txt", "one"), ("Loom/a.txt", "two"), ("loom/a.txt", "three")] {
            #expect(try String(contentsOfFile: problems + name, encoding: .utf8) == text)
            let note = try String(contentsOfFile: problems + name + ".txt", encoding: .utf8)
            #expect(note.hasPrefix(name.suffix(5) + "\n"))
        }
        let collections = try flipd.assets().compactMap { $0["collection"] as? String }.sorted()
        #expect(collections == ["Loom", "Loom", "loom"])
    }

    @Test func a_file_named_Problems_makes_room_for_the_folder() throws {
        let flipd = try Flipd()
        try flipd.write("no video", as: "Problems")
        _ = try flipd.asset("Problems", is: "failed")
        #expect(try flipd.files(below: "incoming").sorted() == ["Problems/Problems", "Problems/Problems.txt"])
        // Also one that is named so deeper down, and one that plays.
        try flipd.drop(Machine.tinyClip, as: "Loom/Problems/Problems")
        let asset = try flipd.asset("Problems", is: "ready")
        #expect(asset["collection"] as? String == "Loom/Problems")
    }

    @Test func names_that_mean_something_to_programs_come_back_as_they_were() throws {
        let flipd = try Flipd()
        let names = [
            "-rf", "--help", "$(reboot).mp4", "a;b|c&d.mp4", "100%.mp4", "%2e%2e%2f.mp4", "a\\b.mp4", " . ",
            "'quoted' \"twice\".mp4", "tab\there.mp4", "\u{1B}[31mred.mp4", "🎞️", "cafe\u{301}.mp4",
            "caf\u{E9}.mp4",
            "{\"id\":1}.mp4", "<b>.mp4", "CON", "a (2).mp4", "a.mp4.txt",
        ]
        for name in names { try flipd.write(name, as: "ref=\(name)/\(name)") }
        // A file stands there before its note does; the ledger knows when both do.
        try flipd.waitUntil("all are back") {
            try flipd.assets("?limit=500&state=failed").count == names.count
        }
        #expect(try flipd.status()["needs_you"] as? Int == names.count)
        for name in names {
            let path = flipd.incoming.path + "/Problems/ref=\(name)/\(name)"
            #expect(FileManager.default.contents(atPath: path) == Data(name.utf8), "\(name)")
            #expect(FileManager.default.fileExists(atPath: path + ".txt"), "\(name)")
        }
        let told = try flipd.assets("?limit=500")
        #expect(Set(told.compactMap { $0["source_name"] as? String }).count == Set(names).count)
        #expect(told.allSatisfy { $0["ref"] as? String == $0["source_name"] as? String })
        // And each of them can be tried again by its id.
        #expect(try flipd.ctl("retry", "--failed").status == 0)
        try flipd.waitUntil("all are back once more") {
            try flipd.assets("?limit=500&state=failed").count == 2 * names.count
        }
        #expect(try flipd.files(below: "incoming/Problems").count == 2 * names.count)
    }

    @Test func the_longest_names_there_are_go_all_the_way() throws {
        let flipd = try Flipd()
        let stem = String(repeating: "é", count: 125)
        let name = stem + "a.mp4"
        #expect(name.utf8.count == 255)
        try flipd.drop(Machine.tinyClip, as: "\(stem)/\(stem)/\(name)")
        let asset = try flipd.asset(name, is: "ready")
        #expect(asset["collection"] as? String == "\(stem)/\(stem)")
        for text in ["one", "two", "three"] {
            try flipd.write(text, as: name)
            try flipd.waitUntil("it is back") {
                try flipd.assets("?state=failed").contains { asset in
                    asset["source_bytes"] as? Int == text.utf8.count
                } && !FileManager.default.fileExists(atPath: flipd.incoming.path + "/" + name)
            }
        }
        try flipd.waitUntil("all are back") { try flipd.assets("?state=failed").count == 3 }
        #expect(try flipd.files(below: "incoming/Problems").allSatisfy { $0.utf8.count <= 255 })
        #expect(try flipd.files(below: "incoming/Problems").count == 6)
    }
}
