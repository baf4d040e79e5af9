// Taking where a rename does not work or is not allowed, and handing back to whoever it belonged to.
import Foundation
import Testing

@Suite(.serialized, .seated) struct TakingTests {
    @Test(.enabled(if: Machine.isRoot, "only root can mount"))
    func over_two_bind_mounts_of_one_filesystem_files_are_copied() throws {
        let flipd = try Flipd(start: false)
        let disk = flipd.root.appendingPathComponent("disk").path
        let (incoming, library) = (flipd.incoming.path, flipd.library.path)
        try Machine.run(
            Machine.asOrdinaryUser + ["mkdir", "-p", "\(disk)/in", "\(disk)/lib", incoming, library])
        for (from, to) in [("\(disk)/in", incoming), ("\(disk)/lib", library)] {
            try Machine.run(["mount", "--bind", from, to])
        }
        defer {
            flipd.kill()
            for folder in [incoming, library] { _ = try? Machine.run(["umount", "-l", folder]) }
        }
        try flipd.start()
        try flipd.drop(Machine.clip, as: "Loom/a.mov")
        try flipd.write("no video", as: "Loom/b.txt")
        let asset = try flipd.asset("a.mov", is: "ready")
        _ = try flipd.asset("b.txt", is: "failed")
        let original = "\(library)/\(asset["original"] ?? "")"
        #expect(FileManager.default.contentsEqual(atPath: original, andPath: Machine.clip.path))
        #expect(
            try flipd.files(below: "incoming").sorted() == ["Problems/Loom/b.txt", "Problems/Loom/b.txt.txt"])
        #expect(try flipd.files(below: "library/originals").count == 1)
    }

    /// What `flipd.service` gives.
    private static let withRights = [
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
        "--inh-caps=+lease,+chown,+fowner,+dac_override", "--ambient-caps=+lease,+chown,+fowner,+dac_override",
    ]

    /// A file of somebody whom flipd's user may not even read from.
    private func dropForeign(_ text: Data, as name: String, _ flipd: Flipd) throws -> (uid: Int, inode: Int) {
        try flipd.write(text, as: ".staged")
        let (staged, path) = (flipd.incoming.path + "/.staged", flipd.incoming.path + "/" + name)
        try Machine.run([
            "sh", "-c", "chown 4711:4712 \(staged) && chmod 640 \(staged) && mv \(staged) \(path)",
        ])
        let parts = try Machine.run(["stat", "-c", "%u %i", path]).output.split(whereSeparator: \.isWhitespace)
        return (Int(parts[0]) ?? 0, Int(parts[1]) ?? 0)
    }

    @Test(.enabled(if: Machine.isRoot, "only root can lend rights"))
    func with_its_rights_files_of_others_are_renamed_and_go_back_to_their_owner() throws {
        let flipd = try Flipd(as: Self.withRights)
        let clip = try dropForeign(try Data(contentsOf: Machine.clip), as: "a.mov", flipd)
        #expect(clip.uid == 4711)
        _ = try dropForeign(Data("no video".utf8), as: "b.txt", flipd)
        let asset = try flipd.asset("a.mov", is: "ready")
        let original = "\(flipd.library.path)/\(asset["original"] ?? "")"
        let about = try Machine.run(["stat", "-c", "%i %u %a", original]).output
        #expect(about == "\(clip.inode) 65534 440\n", "the same file, renamed and made ours")
        _ = try flipd.asset("b.txt", is: "failed")
        let back = try Machine.run(["stat", "-c", "%u:%g %a", flipd.incoming.path + "/Problems/b.txt"]).output
        #expect(back == "4711:4712 640\n")
    }

    @Test(.enabled(if: Machine.isRoot, "only root can make files of others"))
    func without_rights_files_of_others_are_copied_and_what_may_not_be_read_stays() throws {
        let flipd = try Flipd()
        let foreign = flipd.incoming.path + "/.staged"
        try flipd.drop(Machine.clip, as: ".staged")
        try Machine.run([
            "sh", "-c", "chown 4711:4712 \(foreign) && mv \(foreign) \(flipd.incoming.path)/a.mov",
        ])
        _ = try dropForeign(Data("closed".utf8), as: "closed.txt", flipd)
        // Nobody can be asked whether its owner still writes, so that half a minute of quiet must do.
        let asset = try flipd.asset("a.mov", is: "ready")
        let original = "\(flipd.library.path)/\(asset["original"] ?? "")"
        #expect(FileManager.default.contentsEqual(atPath: original, andPath: Machine.clip.path))
        #expect(!FileManager.default.fileExists(atPath: flipd.incoming.path + "/a.mov"))
        try flipd.waitUntil("it is named") { try flipd.reasons(of: "unreadable").count == 1 }
        #expect(try flipd.reasons(of: "unreadable")[0].hasPrefix("closed.txt stays where it is"))
    }
}
