// The drop folder as it is, under the loop of a process of its own.
import Glibc
import Ingest
import Model
import Platform
import Scratch
import Testing

@Loop private var given: [String] = []

/// Runs `work` with an inbox of its own; ends this process with 0 if it answers true.
private func withInbox(
    settle_s: Double = 0.2, _ work: @escaping @Loop @Sendable (Inbox, Scratch) async throws -> Bool
) {
    Signals.prepare()
    _ = Loop.executor
    Loop.task {
        do {
            let scratch = try Scratch()
            let inbox = try Inbox(
                folder: scratch.path, rules: .init(settle_s: settle_s, emptyAfter_s: 0.5, patience_s: 1),
                rescan_s: 1000,
                ignored: Ignored())
            Loop.executor.exit(try await work(inbox, scratch) ? 0 : 1)
            // It holds the folder, which is removed with its object.
            inbox.onQuiet = { _ in }
        } catch {
            writeAll(Array("\(error)\n".utf8), to: 2)
            Loop.executor.exit(2)
        }
    }
    exit(Loop.executor.run())
}

/// Waits until it is so; the process that waits in vain is ended by the alarm.
@Loop private func wait(until isSo: () -> Bool) async {
    alarm(20)
    while !isSo() { await Loop.sleep(seconds: 0.01) }
}

@Suite struct InboxTests {
    @Test func everyFileIsGivenOutOnceWhereverItIs() async {
        await #expect(processExitsWith: .success) {
            withInbox { inbox, scratch in
                inbox.onQuiet = {
                    given.append($0.path.text)
                    try? Files.unlink(scratch.path / $0.path)
                    inbox.done($0.path, .left)
                }
                try scratch.file("before.mov")
                try scratch.file("Loom/1905/deep.mov")
                try scratch.file(".hidden.mov")
                try scratch.file("Problems/a.mov")
                try scratch.file("Problems/a.mov.txt")
                symlink("/etc/passwd", (scratch / "link.mov").text)
                inbox.start()
                guard inbox.waiting == 2, inbox.needsYou == 1, inbox.lastScan != nil else { return false }
                try scratch.file("after.mov")
                try scratch.file("New/Folder/after.mov")
                await wait { given.count == 4 && inbox.waiting == 0 }
                return given.sorted() == [
                    "Loom/1905/deep.mov", "New/Folder/after.mov", "after.mov", "before.mov",
                ]
            }
        }
    }

    @Test func whatStandsBesidePhotosIsGivenOutApartAndOnlyAgainWhenSomethingHappened() async {
        await #expect(processExitsWith: .success) {
            withInbox { inbox, scratch in
                inbox.onQuiet = { given.append("file \($0.path.text)") }
                inbox.onCompanion = { given.append($0.path.text) }
                for name in ["Loom/a.AAE", "._a.AAE", "Problems/a.AAE", "@eaDir/a.aae", "a.aae.part"] {
                    try scratch.file(name)
                }
                try scratch.file("empty.AAE", "")
                let writer = try Files.openForAppending(try scratch.file("open.aae"), mode: 0o644)
                inbox.start()
                await wait { !given.isEmpty }
                try scratch.file("b.Aae")
                await wait { given.count == 2 }
                guard inbox.waiting == 0, given == ["Loom/a.AAE", "b.Aae"] else { return false }
                inbox.rescan()
                await Loop.sleep(seconds: 0.6)
                guard given.count == 2 else { return false }
                try writer.close()
                inbox.tookPhoto(Path("Loom/a.HEIC"))
                try scratch.file("b.Aae", "other bytes")
                await wait { given.count == 5 }
                return given[2...].sorted() == ["Loom/a.AAE", "b.Aae", "open.aae"]
            }
        }
    }

    @Test func aFileThatSomebodyWritesIsNotGivenOut() async {
        await #expect(processExitsWith: .success) {
            withInbox { inbox, scratch in
                inbox.onQuiet = { given.append($0.path.text) }
                let writer = try Files.openForAppending(try scratch.file("a.mov"), mode: 0o644)
                inbox.start()
                await Loop.sleep(seconds: 0.6)
                let early = given
                try writer.close()
                await wait { given == ["a.mov"] }
                return early.isEmpty
            }
        }
    }

    @Test func aFileDroppedUnderTheNameOfOneBeingTakenIsGivenOutToo() async {
        await #expect(processExitsWith: .success) {
            withInbox { inbox, scratch in
                inbox.onQuiet = { given.append("\($0.path.text) \($0.status.bytes)") }
                try scratch.file("a.mov", "1")
                inbox.start()
                await wait { given.count == 1 }
                // It was renamed away; before that was told, the next one came.
                try Files.unlink(scratch / "a.mov")
                try scratch.file("a.mov", "22")
                await Loop.sleep(seconds: 0.1)
                inbox.done(Path("a.mov"), .left)
                await wait { given.count == 2 }
                return given == ["a.mov 1", "a.mov 2"]
            }
        }
    }

    @Test(arguments: [true, false])
    func whatIsOpenedWhileATakingFailsIsTriedAtOnce(isFolder: Bool) async {
        await #expect(processExitsWith: .success) { [isFolder] in
            withInbox { inbox, scratch in
                inbox.onQuiet = { given.append($0.path.text) }
                try scratch.file("Loom/a.mov")
                inbox.start()
                await wait { given.count == 1 }
                // It was forbidden; before that was told, somebody allowed it.
                let before = inbox.lastHeard
                await Loop.sleep(seconds: 0.01)
                try Files.setMode(scratch / (isFolder ? "Loom" : "Loom/a.mov"), 0o700)
                await wait { inbox.lastHeard != before }
                inbox.done(Path("Loom/a.mov"), .cannot(Errno(EACCES, "take")))
                await wait { given.count == 2 }
                // Once for each time: now it is a matter for people.
                inbox.done(Path("Loom/a.mov"), .cannot(Errno(EACCES, "take")))
                await Loop.sleep(seconds: 0.5)
                return given.count == 2 && inbox.unreadable.count == 1
            }
        }
    }

    @Test func noMoreThanEightAreOutAtOnce() async {
        await #expect(processExitsWith: .success) {
            withInbox { inbox, scratch in
                inbox.onQuiet = { given.append($0.path.text) }
                for number in 0..<30 { try scratch.file("f\(number).mov") }
                inbox.start()
                await wait { given.count == 8 }
                await Loop.sleep(seconds: 0.3)
                if given.count != 8 { return false }
                for path in given {
                    try Files.unlink(scratch / path)
                    inbox.done(Path(path), .left)
                }
                await wait { given.count == 16 }
                return inbox.waiting == 22
            }
        }
    }

    @Test func aFolderMovedInIsScannedAndOneMovedAwayIsForgotten() async {
        await #expect(processExitsWith: .success) {
            withInbox(settle_s: 100) { inbox, scratch in
                let elsewhere = try Scratch()
                try elsewhere.file("x/y/a.mov")
                inbox.start()
                try Files.rename(elsewhere / "x", to: scratch / "x")
                await wait { inbox.waiting == 1 }
                try Files.rename(scratch / "x", to: elsewhere / "x")
                await wait { inbox.waiting == 0 }
                // What happens there now is not ours.
                try write(elsewhere / "x/y/b.mov", [1])
                try scratch.file("c.mov")
                await wait { inbox.waiting == 1 }
                return true
            }
        }
    }

    @Test func whatStandsInProblemsIsCountedWithoutItsNotes() async {
        await #expect(processExitsWith: .success) {
            withInbox(settle_s: 100) { inbox, scratch in
                inbox.start()
                guard inbox.needsYou == 0 else { return false }
                try scratch.file("Problems/Loom/a.mov")
                try scratch.file("Problems/Loom/a.mov.txt")
                try scratch.file("Problems/readme.txt")
                await wait { inbox.needsYou == 2 }
                try Files.removeTree(scratch / "Problems/Loom")
                await wait { inbox.needsYou == 1 }
                return inbox.waiting == 0
            }
        }
    }

    @Test func aFolderThatIsGoneIsTroubleUntilItIsBack() async {
        await #expect(processExitsWith: .success) {
            withInbox(settle_s: 100) { inbox, scratch in
                try scratch.file("a.mov")
                inbox.start()
                try Files.rename(scratch.path, to: Path(scratch.path.text + "-away"))
                await wait { inbox.trouble != nil }
                try Files.rename(Path(scratch.path.text + "-away"), to: scratch.path)
                inbox.rescan()
                return inbox.trouble == nil && inbox.waiting == 1
            }
        }
    }

    @Test func aMacsShadowGoesWithItsFile() async {
        await #expect(processExitsWith: .success) {
            withInbox { inbox, scratch in
                inbox.onQuiet = {
                    given.append($0.path.text)
                    try? Files.unlink(scratch.path / $0.path)
                    inbox.done($0.path, .left)
                }
                try scratch.file("Loom/._a.mov")
                try scratch.file("Loom/._b.mov")
                try scratch.file("Loom/a.mov")
                inbox.start()
                await wait { given == ["Loom/a.mov"] }
                return try names(in: scratch / "Loom") == ["._b.mov"]
            }
        }
    }

    @Test func aFileNamedProblemsIsTakenLikeAnother() async {
        await #expect(processExitsWith: .success) {
            withInbox { inbox, scratch in
                inbox.onQuiet = { given.append($0.path.text) }
                inbox.start()
                try scratch.file("Problems")
                await wait { given == ["Problems"] }
                return inbox.needsYou == 0
            }
        }
    }

    @Test func whatHappenedIsHeardAndTroubleIsToldOnce() async {
        await #expect(processExitsWith: .success) {
            withInbox(settle_s: 100) { inbox, scratch in
                var told: [Bool] = []
                inbox.onTrouble = { told.append($0 != nil) }
                inbox.start()
                guard inbox.way == .events, inbox.lastHeard == nil, told.isEmpty else { return false }
                try scratch.file("a.mov")
                await wait { inbox.lastHeard != nil }
                let away = Path(scratch.path.text + "-away")
                try Files.rename(scratch.path, to: away)
                await wait { inbox.trouble != nil }
                inbox.rescan()
                guard inbox.way == .scanning, told == [true] else { return false }
                try Files.rename(away, to: scratch.path)
                inbox.rescan()
                return inbox.way == .events && told == [true, false]
            }
        }
    }
}
