// A library, a drop folder and a ledger of one's own, with a keeper that can be let go and taken up anew, as a
// crash and the start after it would.
import Ingest
import Library
import Model
import Platform
import Scratch
import Testing

@testable import Ledger
@testable import flipd

/// No limit, for tests of other things.
let anySize = SizeLimits(video_bytes: .max, photo_bytes: .max)

final class House: Sendable {
    let scratch: Scratch
    let layout: Layout
    let incoming: Path
    let id = "the library"

    init() throws {
        scratch = try Scratch()
        layout = Layout(root: scratch / "library")
        incoming = try scratch.folder("incoming")
        try Marker.make(layout, id: id)
        try Ledger(ledger).begin(library: id)
    }

    var ledger: Path { scratch / "ledger.sqlite" }

    /// A keeper as the next start would make it. The one before must not be used any more.
    func keeper() throws -> Keeper {
        Keeper(
            layout: layout, incoming: incoming, libraryID: id, ledger: try Ledger(ledger),
            thread: try WorkThread())
    }

    /// What a start does with what it finds.
    @discardableResult
    func start() async throws -> (keeper: Keeper, acts: Int, going: [Asset]) {
        let keeper = try keeper()
        let acts = try await keeper.reconcile()
        return (keeper, acts, try await keeper.resume())
    }

    func drop(_ name: String, _ text: String = "some bytes") throws -> Source {
        try source(at: Path(name), Array(text.utf8))
    }

    func source(at name: Path, _ bytes: [UInt8]) throws -> Source {
        try scratch.file(Path("incoming") / name, bytes)
        let status = try Files.status(of: incoming / name)!
        return try Claim.inspect(name, in: incoming, as: status, within: anySize)!.source
    }

    func take(_ source: Source, _ keeper: Keeper) async throws -> Asset {
        let taking = try await keeper.beginTaking(source)
        if let staged = taking.copyAt {
            try Claim.copy(source, from: incoming, to: staged)
            try await keeper.place(taking)
        }
        let (digest, bytes) = try SHA256.digest(of: layout.root / taking.original)
        return try await keeper.receive(taking, digest, bytes: bytes, seconds: 0.1)
    }

    /// As a worker would leave it: a preview, and then a sealed attempt.
    func preview(_ asset: Asset, _ keeper: Keeper, _ identifier: String? = nil) async throws -> Asset {
        let folder = layout.preview(of: asset.id)
        let step = asset.stage.after(.jobStarted, attempts: 0)!
        let asset = try await keeper.beginJob(asset, step, in: folder)
        let files = [Rendition.Role.poster, .thumb].map { MadeFile(role: $0, width: 64, height: 36) }
        for file in files { try write(folder / file.role.file(of: asset.id, kind: .video), [1, 2, 3]) }
        var fact = Fact(at: Clock.now(), id: asset.id, what: .previewed)
        fact.media = Media(
            kind: .video, duration: 2, width: 640, height: 360, contentIdentifier: identifier)
        fact.renditions = try Publish.measure(files, of: asset.id, kind: .video, in: folder)
        fact.madeWith = ["flipd": "test"]
        fact.seconds = 1
        return try await keeper.note(fact, on: asset)
    }

    func transcode(_ asset: Asset, _ keeper: Keeper) async throws -> (asset: Asset, attempt: Path) {
        let attempt = layout.attempt(0, of: asset.id)
        let step = asset.stage.after(.jobStarted, attempts: 0)!
        var asset = try await keeper.beginJob(asset, step, in: attempt)
        let main = MadeFile(role: .main, width: 640, height: 360)
        try write(attempt / main.role.file(of: asset.id, kind: .video), [4, 5, 6])
        try Publish.bring(asset.renditions, from: layout.preview(of: asset.id), to: attempt)
        asset.renditions =
            try Publish.measure([main], of: asset.id, kind: .video, in: attempt) + asset.renditions
        asset.publishedAt = Clock.now()
        try Publish.seal(asset, in: attempt)
        return (asset, attempt)
    }

    /// The same of a photo, of which everything is made at once.
    func photo(
        _ asset: Asset, _ keeper: Keeper, _ identifier: String? = nil
    ) async throws -> (asset: Asset, attempt: Path) {
        let attempt = layout.preview(of: asset.id)
        let step = asset.stage.after(.jobStarted, attempts: 0)!
        var asset = try await keeper.beginJob(asset, step, in: attempt)
        asset.madeWith = ["flipd": "test"]
        let roles: [Rendition.Role] = [.main, .poster, .thumb, .box(150), .box(300), .box(800)]
        let files = roles.map { MadeFile(role: $0, width: 64, height: 36) }
        for (place, file) in files.enumerated() {
            try write(attempt / file.role.file(of: asset.id, kind: .photo), [4, 5, UInt8(place)])
        }
        let media = Media(kind: .photo, duration: nil, width: 640, height: 360, contentIdentifier: identifier)
        let reading = Reading(layout: layout, incoming: incoming, limits: anySize, thread: try WorkThread())
        return (try await reading.seal(asset, media: media, files: files, in: attempt), attempt)
    }

    /// All the work on an asset that was taken.
    func make(
        _ asset: Asset, _ keeper: Keeper, _ kind: Kind = .video, _ identifier: String? = nil
    ) async throws -> (asset: Asset, attempt: Path) {
        switch kind {
        case .video: try await transcode(try await preview(asset, keeper, identifier), keeper)
        case .photo: try await photo(asset, keeper, identifier)
        }
    }

    func publish(
        _ source: Source, _ keeper: Keeper, _ kind: Kind = .video, _ identifier: String? = nil
    ) async throws -> Asset {
        let (sealed, attempt) = try await make(try await take(source, keeper), keeper, kind, identifier)
        return try #require(try await keeper.publish(sealed, from: attempt, events: []))
    }

    /// Makes the ledger anew from the library alone, as `flipd --rebuild` does.
    @discardableResult
    func rebuild() async throws -> Rebuilt {
        try await rebuildLedger(at: ledger, of: layout, id, incoming: incoming)
    }

    // MARK: What is there now

    /// Every file of a folder with its bytes, by path below it.
    func files(in folder: Path) throws -> [String: String] {
        var found: [String: String] = [:]
        func walk(_ below: Path) throws {
            for entry in try Files.list(folder / below) {
                let path = below / entry.name
                if entry.kind == .folder { try walk(path) } else { found[path.text] = try read(folder / path) }
            }
        }
        if try Files.exists(folder) { try walk(.empty) }
        return found
    }

    func originals() throws -> [String] { try files(in: layout.originals).values.sorted() }
    func published() throws -> Set<String> {
        Set(try files(in: layout.media).keys.map { Path($0).parent.text })
    }

    /// All that the ledger says, column by column.
    func everyField() throws -> [String] {
        let connection = try Connection(ledger, .reading)
        var lines: [String] = []
        for table in ["asset", "rendition", "event", "total", "damage", "account", "companion"] {
            var columns: [String] = []
            try connection.run("SELECT name FROM pragma_table_info('\(table)')") { row throws(LedgerFailure) in
                columns.append(row.text(0))
            }
            let all = columns.map { "'\($0)=' || quote(\($0))" }.joined(separator: " || ' ' || ")
            let which = table == "total" || table == "account" ? "WHERE count > 0" : ""
            try connection.run("SELECT '\(table): ' || \(all) FROM \(table) \(which)") {
                row throws(LedgerFailure) in lines.append(row.text(0))
            }
        }
        return lines.sorted()
    }

    func rows() throws -> [Asset] { try LedgerReader(ledger).assets(AssetQuery(limit: 1000)).reversed() }

    /// A record line written as if by the flipd before.
    @discardableResult
    func record(_ facts: Fact...) throws -> Record.Position {
        var record = Record(folder: layout.record)
        var first: Record.Position?
        for fact in facts {
            let position = try record.append(fact)
            first = first ?? position
        }
        return first!
    }

    func facts() throws -> [Fact] {
        var facts: [Fact] = []
        try Record(folder: layout.record).read(from: .start) { facts.append($1) }
        return facts
    }
}

/// What must be the same whichever way a row came to be.
func essence(_ asset: Asset) -> [String] {
    [
        "\(asset.id)", "\(asset.stage)", "\(asset.source.path.base64)", "\(asset.source.bytes)",
        "\(asset.source.owner ?? "-")", "\(asset.sha256?.description ?? "-")", "\(asset.receivedAt)",
        "\(asset.publishedAt?.description ?? "-")", "\(asset.original ?? "-")", "\(asset.refusal?.text ?? "-")",
        "\(asset.duplicateOf?.description ?? "-")", "\(asset.handedBackTo?.base64 ?? "-")",
        "\(asset.endedAt?.description ?? "-")", "\(asset.retryAt?.description ?? "-")",
    ]
}
