// One dropped video goes all the way.
import Foundation
import Testing

@Suite(.serialized, .seated) struct WayOfAFileTests {
    @Test func a_dropped_video_is_published_whole_and_its_original_kept() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.clip, as: "Loom/1905/ref=entry-4711/IMG_1.MOV")
        let asset = try flipd.asset("IMG_1.MOV", is: "ready")

        #expect(asset["collection"] as? String == "Loom/1905")
        #expect(asset["ref"] as? String == "entry-4711")
        #expect(asset["kind"] as? String == "video")
        let id = try #require(asset["id"] as? String)
        let folder = flipd.library.appendingPathComponent(try #require(asset["folder"] as? String))
        #expect(folder.lastPathComponent == id)

        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(names) == ["SHA256SUMS", "\(id)-poster.jpg", "\(id)-thumb.jpg", "\(id).json", "\(id).mp4"])
        try Machine.run(["sh", "-c", "cd \(folder.path) && sha256sum --strict -c SHA256SUMS"])
        let modes = try Machine.run(["stat", "-c", "%a", folder.path] + names.map { folder.path + "/" + $0 })
            .output
        #expect(modes == "555\n" + String(repeating: "444\n", count: names.count))

        let original = flipd.library.appendingPathComponent(try #require(asset["original"] as? String))
        #expect(original.lastPathComponent == "\(id).mov")
        #expect(FileManager.default.contentsEqual(atPath: original.path, andPath: Machine.clip.path))
        #expect(try Machine.run(["stat", "-c", "%a", original.path]).output == "440\n")
        #expect(
            !FileManager.default.fileExists(atPath: flipd.incoming.path + "/Loom/1905/ref=entry-4711/IMG_1.MOV")
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: flipd.library.path + "/.staging").isEmpty)
    }

    @Test func what_is_published_plays_everywhere_and_stands_upright() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.clip, as: "IMG_1.MOV")
        let asset = try flipd.asset("IMG_1.MOV", is: "ready")
        let id = try #require(asset["id"] as? String)
        let file = flipd.library.path + "/\(asset["folder"] ?? "")/\(id).mp4"
        let probe = try Machine.run([
            "ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
            "stream=codec_name,profile,pix_fmt,width,height:stream_side_data=rotation", "-of", "default=nw=1",
            file,
        ]).output
        #expect(probe == "codec_name=h264\nprofile=Main\nwidth=240\nheight=320\npix_fmt=yuv420p\n")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        let moov = try #require(bytes.range(of: Data("moov".utf8)))
        let mdat = try #require(bytes.range(of: Data("mdat".utf8)))
        #expect(moov.lowerBound < mdat.lowerBound)
        #expect((asset["width"] as? Int, asset["height"] as? Int) == (240, 320))
    }

    @Test func the_sidecar_says_what_the_interface_promises() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.otherClip, as: "a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        let id = try #require(asset["id"] as? String)
        let path = flipd.library.path + "/\(asset["folder"] ?? "")/\(id).json"
        let sidecar = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
                as? [String: Any])
        let keys = [
            "schema", "id", "kind", "collection", "ref", "source_name", "source_bytes", "source_owner",
            "sha256",
            "received_at", "published_at", "captured_at", "captured_at_offset", "captured_at_source",
            "content_identifier", "device", "duration", "width", "height", "original", "remarks", "renditions",
            "made_with",
        ]
        #expect(Set(sidecar.keys) == Set(keys))
        let made = try #require(sidecar["made_with"] as? [String: String])
        #expect(["flipd", "recipe", "libavcodec", "libx264"].allSatisfy { made[$0] != nil })
        let roles = try #require(sidecar["renditions"] as? [[String: Any]]).compactMap { $0["role"] as? String }
        #expect(Set(roles) == ["main", "poster", "thumb"])
    }

    @Test func where_it_was_filmed_and_by_whom_stays_with_the_original() throws {
        let flipd = try Flipd()
        let folder = try Machine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let clip = folder.appendingPathComponent("filmed.mov")
        try Machine.run([
            "ffmpeg", "-v", "error", "-i", Machine.clip.path, "-c", "copy", "-movflags", "use_metadata_tags",
            "-metadata", "com.apple.quicktime.location.ISO6709=+48.1371+011.5754/", "-metadata",
            "artist=AdaKowalska",
            "-metadata", "serial=SN4711", "-metadata", "com.apple.quicktime.model=iPhone 6", clip.path,
        ])
        try Machine.run(["chmod", "-R", "a+rX", folder.path])
        try flipd.drop(clip, as: "filmed.mov")
        let asset = try flipd.asset("filmed.mov", is: "ready")
        #expect(asset["device"] as? String == "iPhone 6")
        // It does not say when; its file was made a moment ago.
        #expect(asset["captured_at_source"] as? String == "file time")
        let captured = try #require(asset["captured_at"] as? String)
        #expect(captured <= (asset["received_at"] as? String ?? ""))
        let found = try Machine.run(
            ["grep", "-rlaF", "-e", "48.1371", "-e", "AdaKowalska", "-e", "SN4711", flipd.root.path]
        ).output
        let original = flipd.library.appendingPathComponent(try #require(asset["original"] as? String))
        #expect(found == original.path + "\n")
        #expect(!flipd.log.contains("48.1371"))
        let told = try flipd.ctl("--json", "show", try #require(asset["id"] as? String)).output
        #expect(told.contains("iPhone 6") && !told.contains("48.1371") && !told.contains("SN4711"))
    }

    @Test func the_same_bytes_again_are_a_success_without_a_second_copy() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.clip, as: "one.mov")
        let first = try flipd.asset("one.mov", is: "ready")
        try flipd.drop(Machine.clip, as: "Box/two.mov")
        let second = try flipd.asset("two.mov", is: "duplicate")
        #expect(second["duplicate_of"] as? String == first["id"] as? String)
        #expect(second["original"] is NSNull)
        #expect(try flipd.files(below: "library/originals").count == 1)
    }

    @Test func twins_dropped_together_become_one_publication() throws {
        let flipd = try Flipd()
        for number in 1...4 { try flipd.drop(Machine.clip, as: "twin\(number).mov") }
        try flipd.waitUntil("all four have ended") {
            try flipd.assets().filter { ["ready", "duplicate"].contains($0["state"] as? String) }.count == 4
        }
        #expect(try flipd.assets("?state=ready").count == 1)
        #expect(try flipd.files(below: "library/originals").count == 1)
    }

    @Test func an_empty_file_that_may_still_be_filled_holds_up_nothing() throws {
        let flipd = try Flipd(["--set", "Intake.EmptyAfter=10min"])
        try flipd.write("", as: "coming.mp4")
        try flipd.waitUntil("it is seen") { try flipd.status()["waiting"] as? Int == 1 }
        try flipd.drop(Machine.clip, as: "a.mov")
        _ = try flipd.asset("a.mov", is: "ready")
        #expect(try flipd.status()["waiting"] as? Int == 1)
        // Its bytes come at last.
        try flipd.drop(Machine.otherClip, as: "coming.mp4")
        _ = try flipd.asset("coming.mp4", is: "ready")
    }

    @Test func names_of_any_bytes_work_and_come_back() throws {
        let flipd = try Flipd()
        let long = String(repeating: "x", count: 250) + ".txt"
        let names = ["$'new\\nline.mp4'", "$'caf\\xe9.mp4'", "'-rf.mp4'", "'emoji 🎞.mp4'", "'\(long)'"]
        for name in names {
            // bash, because only it writes these bytes as a person's file manager would.
            try Machine.run(
                Machine.asOrdinaryUser
                    + ["bash", "-c", "printf %s \(name) > \(flipd.incoming.path)/\(name)"])
        }
        try flipd.waitUntil("all are handed back") {
            try flipd.assets("?limit=500&state=failed").count == names.count
        }
        for name in names {
            try Machine.run(["bash", "-c", "test \"$(cat \(flipd.incoming.path)/Problems/\(name))\" = \(name)"])
        }
        let notes = try flipd.files(below: "incoming/Problems").count - names.count
        #expect(notes == names.count)
        let bytes = try flipd.assets().compactMap { $0["source_name_base64"] as? String }
        #expect(bytes == [Data([0x63, 0x61, 0x66, 0xE9] + Array(".mp4".utf8)).base64EncodedString()])
    }
}

extension Flipd {
    /// Every file below a folder, relative to it, without the receipt.
    func files(below folder: String) throws -> [String] {
        let path = root.appendingPathComponent(folder).path
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try Machine.run(["find", path, "-type", "f", "-printf", "%P\\0"]).output.split(separator: "\0")
            .map(String.init).filter { !Self.receiptNames.contains($0) }
    }
}
