// Bringing back what is damaged or missing: from the backup copy, from the ledger, or from the kept original. Every file
// is looked at before it takes its place; what cannot be brought back is left as it is.
import Library
import Model
import Platform

actor Healing {
    private let keeper: Keeper
    private let layout: Layout
    /// Without it there is no backup copy.
    private var fetch: Fetch?
    private let thread: WorkThread
    private var underWay: Set<AssetID> = []

    /// What could not be brought back.
    struct Left: Sendable, Equatable {
        var files: [String] = []
        /// Why the backup copy did not help, where it did not.
        var backup: String?
    }

    private static let moved = "something else is being done with it just now, so try again in a moment"

    /// Somebody else's order is being carried out.
    struct Busy: Error {}

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(keeper: Keeper, layout: Layout, thread: WorkThread) {
        self.keeper = keeper
        self.layout = layout
        self.thread = thread
    }

    /// Replaces what a check has just found damaged or missing, as far as it can be had.
    func heal(_ check: Fixity.Check, from backup: Fetch?, by name: String?) async throws -> Left {
        let asset = check.asset
        guard underWay.insert(asset.id).inserted else { throw Busy() }
        fetch = backup
        defer { underWay.remove(asset.id) }
        let staging = layout.healing(of: asset.id)
        try Staging.begin(staging)
        defer { try? Files.removeTree(staging) }
        let folder = layout.place(of: asset)
        let files = check.damage.flatMap { $0.file == folder ? layout.files(of: asset) : [$0.file] }
        var left = Left()
        for file in files where !isPaper(file, of: asset) {
            if try Files.status(of: layout.root / file)?.kind == .folder {
                left.files.append(file)
                left.backup = "a folder stands in its place, which has to be taken away first"
            } else if let remedy = try await remedy(for: file, of: asset, in: staging, &left.backup) {
                guard try await keeper.heal(asset, with: remedy, by: name) else {
                    return Left(files: files, backup: Self.moved)
                }
            } else {
                left.files.append(file)
            }
        }
        // The papers last: they tell of the others. Where those must be made anew, so are they.
        let papers = files.filter { isPaper($0, of: asset) }
        if papers.isEmpty { return left }
        guard left.files.isEmpty, let remedies = try await self.papers(of: asset, in: staging, &left.backup)
        else {
            left.files += papers
            return left
        }
        for remedy in remedies {
            guard try await keeper.heal(asset, with: remedy, by: name) else {
                return Left(files: files, backup: Self.moved)
            }
        }
        return left
    }

    private func isPaper(_ file: String, of asset: Asset) -> Bool {
        [Papers.sums, Papers.sidecar(of: asset.id)].contains { file == "\(layout.place(of: asset))/\($0)" }
    }

    // MARK: From the backup copy

    private func remedy(
        for file: String, of asset: Asset, in staging: Path, _ failure: inout String?
    ) async throws -> Keeper.Remedy? {
        guard let digest = expected(file, of: asset),
            let staged = try await fetched(file, of: asset, to: staging, &failure)
        else { return nil }
        guard try SHA256.digest(of: staged).digest == digest else {
            failure = "the backup copy is not what it was either"
            return nil
        }
        try Files.setMode(staged, file == asset.original ? 0o440 : 0o444)
        try Durable.syncFile(staged)
        return Keeper.Remedy(file: file, staged: staged, from: "the backup copy")
    }

    private func expected(_ file: String, of asset: Asset) -> Digest? {
        if file == asset.original { return asset.sha256 }
        let folder = layout.place(of: asset)
        return asset.renditions.first { "\(folder)/\($0.file)" == file }?.sha256
    }

    /// What was deleted after the last backup stands there where it stood.
    private func fetched(
        _ file: String, of asset: Asset, to staging: Path, _ failure: inout String?
    ) async throws -> Path? {
        guard let fetch else { return nil }
        let name = Path(file).name
        for place in Set([file, file == asset.original ? file : "\(asset.folder)/\(name.text)"]).sorted() {
            let staged = staging / name
            do {
                try Files.removeTree(staged)
                try fetch(place, staged)
                if try Files.status(of: staged)?.kind == .file { return staged }
            } catch let error as Errno where error.meansFull {
                throw error
            } catch {
                let reason = (error as? Errno)?.reason ?? "\(error)"
                failure = "the backup copy cannot be read (\(reason)); perhaps its disk is not connected"
            }
        }
        return nil
    }

    // MARK: From the ledger

    /// Sidecar and SHA256SUMS as far as they are not what they should be; nil where the right ones cannot be told.
    private func papers(
        of asset: Asset, in staging: Path, _ failure: inout String?
    ) async throws -> [Keeper.Remedy]? {
        let folder = layout.place(of: asset)
        let (sidecar, sums) = (Papers.sidecar(of: asset.id), Papers.sums)
        func read(_ path: Path?) -> [UInt8]? { path.flatMap { try? Files.read($0, limit: Papers.limit_bytes) } }
        let found = Papers(
            sidecar: read(layout.root / folder / sidecar), sums: read(layout.root / folder / sums))
        let backup = Papers(
            sidecar: read(try await fetched("\(folder)/\(sidecar)", of: asset, to: staging, &failure)),
            sums: read(try await fetched("\(folder)/\(sums)", of: asset, to: staging, &failure)))
        guard let right = found.rightSidecar(of: asset, others: [backup]) else { return nil }
        var remedies: [Keeper.Remedy] = []
        let rightSums = Papers.sums(of: asset, sidecar: SHA256.digest(of: right))
        for (name, text, now, kept) in [
            (sidecar, right, found.sidecar, backup.sidecar), (sums, rightSums, found.sums, backup.sums),
        ] where text != now {
            let staged = staging / name
            try Files.removeTree(staged)
            try Durable.create(staged, text, mode: 0o444)
            remedies.append(
                Keeper.Remedy(
                    file: "\(folder)/\(name)", staged: staged,
                    from: text == kept ? "the backup copy" : "the ledger"))
        }
        return remedies
    }
}
