// Photos that are dropped beside videos go all the way, by the programs as they are.
import Foundation
import Testing

@Suite(.serialized, .seated) struct PhotoTests {
    /// A photo as cameras write it, by its size.
    private func photo(_ name: String, _ size: String) throws -> URL {
        let file = try Machine.folder().appendingPathComponent(name)
        try Machine.run([
            "ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "color=c=teal:s=\(size)", "-frames:v",
            "1",
            "-update", "1", file.path,
        ])
        return file
    }

    @Test func a_dropped_photo_is_published_in_its_sizes() throws {
        let flipd = try Flipd()
        let file = try photo("a.jpg", "3000x2000")
        try flipd.drop(file, as: "Loom/1905/ref=entry-7/IMG_1.JPG")
        let asset = try flipd.asset("IMG_1.JPG", is: "ready")
        #expect(asset["kind"] as? String == "photo" && asset["duration"] is NSNull)
        #expect(asset["collection"] as? String == "Loom/1905" && asset["ref"] as? String == "entry-7")
        #expect((asset["width"] as? Int, asset["height"] as? Int) == (2400, 1600))

        let id = try #require(asset["id"] as? String)
        let folder = flipd.library.appendingPathComponent(try #require(asset["folder"] as? String))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let pictures = ["", "-poster", "-thumb", "-150", "-300", "-800"].map { "\(id)\($0).jpg" }
        #expect(Set(names) == Set(pictures + ["\(id).json", "SHA256SUMS"]))
        try Machine.run(["sh", "-c", "cd \(folder.path) && sha256sum --strict -c SHA256SUMS"])
        let modes = try Machine.run(["stat", "-c", "%a", folder.path] + names.map { folder.path + "/" + $0 })
            .output
        #expect(modes == "555\n" + String(repeating: "444\n", count: names.count))
        let renditions = try #require(asset["renditions"] as? [[String: Any]])
        #expect(
            Set(renditions.compactMap { $0["role"] as? String }) == [
                "main", "poster", "thumb", "150", "300", "800",
            ])
        #expect(renditions.allSatisfy { $0["mime"] as? String == "image/jpeg" })

        let original = flipd.library.appendingPathComponent(try #require(asset["original"] as? String))
        #expect(original.lastPathComponent == "\(id).jpg")
        #expect(FileManager.default.contentsEqual(atPath: original.path, andPath: file.path))
        let whole = try #require(flipd.answer("/v1/assets/\(id)") as? [String: Any])
        let events = whole["events"] as? [[String: Any]]
        #expect(events?.contains { $0["detail"] as? String == "Read back: every size." } == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: flipd.library.path + "/.staging").isEmpty)
    }

    @Test func a_heap_of_photos_keeps_no_video_from_being_seen() throws {
        let flipd = try Flipd()
        let (count, clip) = (30, Machine.clip)
        // Each is another file: bytes behind its end do a photo no harm.
        let bytes = try Data(contentsOf: photo("many.jpg", "3000x2250"))
        let staged = try Machine.folder()
        for number in 0..<count {
            try (bytes + Data("\(number)".utf8)).write(to: staged.appendingPathComponent("IMG_\(number).JPG"))
        }
        try FileManager.default.copyItem(at: clip, to: staged.appendingPathComponent("last.MOV"))
        try Machine.run(["sh", "-c", "chmod -R a+rX \(staged.path)"])
        try Machine.run(
            Machine.asOrdinaryUser + [
                "sh", "-c",
                "cp \(staged.path)/*.JPG \(flipd.incoming.path)/ && cp \(staged.path)/last.MOV \(flipd.incoming.path)/",
            ])
        try flipd.waitUntil("the video can be seen", within: 300) {
            flipd.rows.contains { $0["source_name"] as? String == "last.MOV" && !($0["width"] is NSNull) }
        }
        let ready = flipd.rows.count { $0["kind"] as? String == "photo" && $0["state"] as? String == "ready" }
        #expect(ready < count, "the video waited for all \(count) photos")
        // Workers leave the machine to whatever else runs on it.
        try flipd.waitUntil("all are published", within: 600) {
            flipd.states == Array(repeating: "ready", count: count + 1)
        }
        #expect(flipd.disorder().isEmpty)
    }

    @Test func what_is_no_photo_for_us_comes_back_with_a_sentence() throws {
        let flipd = try Flipd()
        try flipd.drop(photo("old.bmp", "64x64"), as: "Scans/old.bmp")
        _ = try flipd.asset("old.bmp", is: "failed")
        let note = try String(
            contentsOf: flipd.incoming.appendingPathComponent("Problems/Scans/old.bmp.txt"), encoding: .utf8)
        #expect(note.contains("Windows bitmap") && note.contains("JPEG") && note.contains("unsupported-codec"))
    }

    @Test(.enabled(if: Machine.has("vips"), "the vips command, which makes the photo, is not installed"))
    func what_libraries_say_of_a_damaged_photo_is_not_in_the_log() throws {
        let flipd = try Flipd()
        let whole = try photo("whole.png", "600x400")
        let coded = whole.deletingPathExtension().appendingPathExtension("jxl")
        try Machine.run([
            "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=600x400", "-frames:v", "1",
            "-update", "1", whole.path,
        ])
        try Machine.run(["vips", "copy", whole.path, coded.path])
        var bytes = try Data(contentsOf: coded)
        for place in stride(from: 200, to: bytes.count, by: 97) { bytes[place] ^= 0x55 }
        try flipd.write(bytes, as: "bad.jxl")
        let asset = try flipd.asset("bad.jxl", is: "failed")
        #expect((asset["problem"] as? [String: Any])?["code"] as? String == "corrupt")
        #expect(!flipd.log.contains("JXL_"))
    }

    @Test func a_limit_is_one_for_photos_too() throws {
        let flipd = try Flipd([
            "--set", "Photo.MaxPixels=1M", "--set", "Photo.LongSide=640", "--set", "Photo.Sizes=200 400x100",
        ])
        try flipd.drop(photo("large.png", "2000x1000"), as: "large.png")
        let refused = try flipd.asset("large.png", is: "failed")
        #expect((refused["problem"] as? [String: Any])?["code"] as? String == "too-many-pixels")
        try flipd.drop(photo("small.png", "1000x500"), as: "small.png")
        let asset = try flipd.asset("small.png", is: "ready")
        let roles = (asset["renditions"] as? [[String: Any]])?.compactMap { $0["role"] as? String } ?? []
        #expect(Set(roles) == ["main", "poster", "thumb", "200", "400"])
        #expect(asset["width"] as? Int == 640)
    }
}
