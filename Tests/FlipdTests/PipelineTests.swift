// The story itself, under the loop of a process of its own, with workers that are a few lines of shell.
import Glibc
import Ingest
import Ledger
import Library
import Model
import Platform
import Scratch
import Testing

@testable import flipd

/// A house with a pipeline, and what was told of its assets.
@Loop private final class Story {
    let house: House
    let pipeline: Pipeline
    private(set) var stages: [String: [Stage]] = [:]

    /// `script` stands for the worker: it has read its job, and knows `$id`, `$kind`, `$original` and `$staging`.
    init(_ script: String) throws {
        house = try House()
        let preamble = """
            read -r job
            field() { printf %s "$job" | sed 's/.*"'"$1"'":"\\([^"]*\\)".*/\\1/; s/\\\\//g'; }
            id=$(field id); kind=$(field kind); original=$(field original); staging=$(field staging)
            echo '{"hello":{"protocol":3,"madeWith":{"flipd":"test"},"lacks":[]}}'
            make() { for ending; do echo "$ending" > "$staging/$id$ending"; done; }
            """
        let worker = try house.scratch.file("worker", "\(preamble)\n\(script)\n")
        var configuration = Configuration()
        configuration.incoming = house.incoming
        (configuration.settle_s, configuration.launch) = (0.1, ["sh", worker.text])
        configuration.photoRecipe.quality = 77
        let keeper = try house.keeper()
        let librarian = try Librarian(ledger: house.ledger, layout: house.layout, thread: try WorkThread())
        pipeline = try Daemon.makePipeline(
            configuration, keeper, house.layout, Verification(keeper: keeper, librarian: librarian))
        pipeline.onAsset = { [weak self] asset, _ in
            let stages = self?.stages[asset.source.path.text] ?? []
            if stages.last != asset.stage { self?.stages[asset.source.path.text] = stages + [asset.stage] }
        }
        try Files.makeFolders(house.layout.staging)
    }

    /// Takes and makes what was dropped, to the end of all of it, and of what else is waited for. Workers leave the machine to
    /// whatever else runs on it, and that may be much.
    func run(_ names: [String], until isOver: @Loop (Story) throws -> Bool) async throws {
        for name in names { try house.scratch.file("incoming/\(name)", name) }
        pipeline.inbox.start()
        pipeline.resume()
        let until = Clock.monotonic_s() + 300
        let assets = names.filter { !Companion.isOne(Path($0)) }
        while try assets.contains(where: { stages[$0]?.last?.isFinal != true }) || !isOver(self),
            Clock.monotonic_s() < until
        {
            await Loop.sleep(seconds: 0.02)
        }
        await pipeline.end()
    }

    func events(of name: String) throws -> [HistoryEvent] {
        guard let row = try house.rows().first(where: { $0.source.path.text == name }) else { return [] }
        return try LedgerReader(house.ledger).events(of: row.id)
    }
}

/// Runs a story of these files, and ends this process with 0 if it ended as wanted.
private func tell(
    _ names: [String], _ script: String, until isOver: @escaping @Loop (Story) throws -> Bool = { _ in true },
    _ check: @escaping @Loop (Story) throws -> Bool
) {
    Signals.prepare()
    _ = Loop.executor
    Loop.task {
        do {
            let story = try Story(script)
            try await story.run(names, until: isOver)
            let isWanted = try check(story)
            if !isWanted { writeAll(Array("\(story.stages)\n".utf8), to: 2) }
            Loop.executor.exit(isWanted ? 0 : 1)
        } catch {
            writeAll(Array("\(error)\n".utf8), to: 2)
            Loop.executor.exit(3)
        }
    }
    exit(Loop.executor.run())
}

private let photo = """
    make .jpg -poster.jpg -thumb.jpg -150.jpg -300.jpg -800.jpg
    """
private let photoDone = """
    echo '{"done":{"media":{"kind":"photo","width":4,"height":3,"remarks":[]},"files":[\
    {"role":"main","width":4,"height":3},{"role":"poster","width":4,"height":3},\
    {"role":"thumb","width":4,"height":3},{"role":"150","width":4,"height":3},\
    {"role":"300","width":4,"height":3},{"role":"800","width":4,"height":3}]}}'
    """

private func videoDone(_ roles: String...) -> String {
    let files = roles.map { #"{"role":"\#($0)","width":4,"height":3}"# }.joined(separator: ",")
    return """
        echo '{"done":{"media":{"kind":"video","duration":2,"width":4,"height":3,"remarks":[]},"files":[\(files)]}}'
        """
}

@Suite struct PipelineTests {
    @Test func aPhotoIsPublishedByItsOneJob() async {
        await #expect(processExitsWith: .success) {
            // As it is configured, and with something left over.
            let deed =
                #"case "$job" in *'"photoRecipe":{'*'"quality":77'*) touch "$staging/left";; *) exit 7;; esac"#
            tell(["Loom/a.jpg"], "\(photo); \(deed); \(photoDone)") { story in
                let row = try story.house.rows()[0]
                let events = try story.events(of: "Loom/a.jpg")
                return try story.stages["Loom/a.jpg"] == [.taken, .previewing, .published]
                    && row.renditions.map(\.role) == [.main, .poster, .thumb, .box(150), .box(300), .box(800)]
                    && row.madeWith == ["flipd": "test"] && row.attempts == 0
                    && events.map(\.what) == [.ingestion, .digest, .transcode, .validation, .publication]
                    && events[3].detail == "Read back: every size." && events[2].seconds != nil
                    && events[3].seconds == nil
                    && names(in: story.house.layout.folder(of: row.id)).count == 8
                    && Files.list(story.house.layout.staging).isEmpty
            }
        }
    }

    /// Before its photo, with it, and after it was taken. The worker waits until it has written: what it began ends with it.
    @Test(arguments: ["0", "0.6"]) func whatStandsBesideAPhotoFollowsIt(_ delay_s: String) async {
        await #expect(processExitsWith: .success) { [delay_s] in
            let place = "$(dirname \"$0\")/incoming/Loom"
            let script = """
                case "$original" in *.heic) (sleep \(delay_s); echo late > "\(place)/b.Aae") & ;; esac
                \(photo); wait; \(photoDone)
                """
            let hasFollowed: @Loop (Story) throws -> Bool = { story in
                let rows = try story.house.rows()
                return try rows.count == 2
                    && rows.allSatisfy { try Files.exists(story.house.layout.companion(of: $0.id)) }
            }
            tell(["Loom/a.AAE", "Loom/a.jpg", "Loom/b.heic", "Loom/c.aae"], script, until: hasFollowed) {
                story in
                let rows = try story.house.rows()
                let kept = try rows.map { row -> String? in
                    let path = story.house.layout.companion(of: row.id)
                    return try Files.exists(path) ? try read(path) : nil
                }
                writeAll(Array("\(kept)\n".utf8), to: 2)
                return try rows.map(\.source.path.text).sorted() == ["Loom/a.jpg", "Loom/b.heic"]
                    && kept.compactMap(\.self).sorted() == ["Loom/a.AAE", "late\n"]
                    && story.house.files(in: story.house.incoming) == ["Loom/c.aae": "Loom/c.aae"]
            }
        }
    }

    @Test func photosFillTheirSlotsAndKeepNoVideoFromBeingSeen() async {
        await #expect(processExitsWith: .success) {
            let slots = min(4, Processors.count)
            // Each waits for others to be at work beside it, and says how many were, itself among them; and who came first.
            let script = """
                there=$(dirname "$0"); mkdir -p "$there/busy"
                echo "$kind ${original##*.}" >> "$there/order"
                case "$original" in
                *.jpg)
                    touch "$there/busy/$id"
                    for turn in $(seq 100); do
                        count=$(ls "$there/busy" | wc -l)
                        if [ "$count" -ge \(slots) ]; then break; fi
                        sleep 0.1
                    done
                    echo "$count" >> "$there/counts"; sleep 0.5; rm "$there/busy/$id"
                    \(photo); \(photoDone);;
                *)
                    if [ $kind = preview ]; then make -poster.jpg -thumb.jpg; \(videoDone("poster", "thumb"))
                    else make .mp4; \(videoDone("main")); fi;;
                esac
                """
            let photos = (1...12).map { "\($0).jpg" }
            tell(photos + ["z.mov"], script) { story in
                let counts = try read(story.house.scratch / "counts").split(separator: "\n").map(String.init)
                let order = try read(story.house.scratch / "order").split(separator: "\n").map(String.init)
                let place = order.firstIndex(of: "preview mov") ?? .max
                writeAll(Array("\(counts) \(order)\n".utf8), to: 2)
                return counts.count == 12 && counts.compactMap { Int($0.filter { $0 != " " }) }.max() == slots
                    && counts.count { Int($0) == slots } >= 12 / 2 && place < 10
                    && story.stages["z.mov"] == [.taken, .previewing, .previewed, .transcoding, .published]
                    && photos.allSatisfy { story.stages[$0]?.last == .published }
            }
        }
    }

    @Test(arguments: [
        "rm \"$staging/$id-300.jpg\"", "rm \"$staging/$id.jpg\"",
        "rm \"$staging/$id-800.jpg\"; ln -s \"$original\" \"$staging/$id-800.jpg\"",
    ])
    func aPhotoThatIsNotWholeIsNotPublishedWhateverTheWorkerSays(_ deed: String) async {
        await #expect(processExitsWith: .success) { [deed] in
            tell(["a.jpg"], "\(photo); \(deed); \(photoDone)") { story in
                let row = try story.house.rows()[0]
                return try row.stage == .handedBack && row.refusal?.problem == .crashed && row.attempts == 3
                    && story.house.published().isEmpty
                    && story.house.files(in: story.house.incoming)["Problems/a.jpg"] == "a.jpg"
            }
        }
    }
}
