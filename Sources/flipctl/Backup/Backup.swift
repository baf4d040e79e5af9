// `backup`: a second copy of the archive, and whether it can be relied upon. docs/decisions/backup.md says why it goes in
// this order.
internal import Glibc
internal import Model
internal import Platform

func backup(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    let plan = try client.decode(BackupPlan.self, try client.request("/v1/backup"))
    guard let destination = BackupDestination(plan.destination) else {
        throw .usage(
            "no destination is configured; name a folder of another disk, or HOST:FOLDER, as Destination= in"
                + " [Backup] of flipd.conf, and “systemctl reload flipd”")
    }
    try checkUser(plan.state)
    try checkPlace(destination, plan)
    let copy = SecondCopy(destination: destination)
    if asked.wantsInit {
        try begin(copy, plan)
        if copy.isOnTheDisk(of: plan.library) {
            output.complaint(
                "flipctl: \(destination) is on the same disk as the archive, and would be lost with it. If another disk"
                    + " should be there, connect it, and do this once more.")
        }
        if !asked.wantsJSON {
            output.line("\(destination) is ready for backups; “flipctl backup --now” makes one.")
        }
        return .done
    }
    guard let lock = try lockOut(plan.state) else { throw .failed("another backup is running") }
    defer { withExtendedLifetime(lock) {} }
    let report = try run(plan, copy, client)
    if asked.wantsJSON {
        output.raw((try? JSON.encode(report)) ?? [])
    } else if report.result == .ok {
        output.line(report.text)
    }
    if report.result == .failed { throw .failed(report.text) }
    return .done
}

private func begin(_ copy: SecondCopy, _ plan: BackupPlan) throws(Failure) {
    switch try copy.look() {
    case .library(plan.libraryID): return
    case .library(let id):
        throw .failed("\(copy.destination) holds the backup of another archive (\(id)); nothing was changed")
    case .none:
        try copy.makeMarker(of: plan.libraryID)
        // What was copied to another disk in this place is not on this one.
        try? Files.unlink(plan.state / BackupReport.file)
    }
}

/// As root it would make files there that flipd's user could not replace the next time.
private func checkUser(_ state: Path) throws(Failure) {
    guard let owner = try? Files.status(of: state)?.uid, owner != Users.me else { return }
    let name = Users.name(of: owner) ?? "flipd"
    throw .usage("a backup is made by flipd's user; use “sudo -u \(name) flipctl backup …”")
}

/// Nil while another backup runs.
private func lockOut(_ state: Path) throws(Failure) -> Lock? {
    let path = state / "backup.lock"
    do throws(Errno) {
        if try !Files.exists(path) { try Durable.create(path, [], mode: 0o644) }
        return try Lock.take(path)
    } catch {
        throw .failed("\(path.text) cannot be used (\(error.reason))")
    }
}

/// The whole run. Whatever comes of it is written down for flipd, which tells whoever asks for the status.
private func run(_ plan: BackupPlan, _ copy: SecondCopy, _ client: Client) throws(Failure) -> BackupReport {
    var report = BackupReport(to: plan.destination, beganAt: Text.now(), after: plan.last)
    do throws(Failure) {
        let text = try fill(copy, plan, client, &report)
        report.end(.ok, text, at: Text.now())
    } catch {
        let text = Text.harmless(error.text)
        report.end(.failed, "The backup failed: \(text)\(text.hasSuffix(".") ? "" : ".")", at: Text.now())
    }
    try write(report, in: plan.state)
    // So that flipd hears of it now. It finds the report anyway.
    _ = try? client.request("/v1/backup")
    return report
}

private func fill(
    _ copy: SecondCopy, _ plan: BackupPlan, _ client: Client, _ report: inout BackupReport
) throws(Failure) -> String {
    try checkSource(plan)
    // A disk that is too full for one should have a backup all the more.
    var remark = ""
    do throws(Failure) { _ = try demandSnapshot(client) } catch {
        if error.exit == .unreachable { throw error }
        remark = " No snapshot of the ledger was made: \(error.text)"
    }
    switch try copy.look() {
    case .library(plan.libraryID): break
    case .library(let id):
        throw .failed("\(copy.destination) holds the backup of another archive (\(id)); nothing was copied")
    case .none:
        throw .failed(
            "\(copy.destination) is not there, or is no place for backups yet; nothing was copied. Connect its disk; if it"
                + " is a new one, “flipctl backup --init” makes it one")
    }
    try copy.prepare()
    let sample = Sample.choose(in: plan.library).filter { folder in
        !plan.damaged.contains { folder.hasSuffix($0.description) }
    }
    let originals = Sample.originals(of: sample, in: plan.library)
    let rsync = Rsync(library: plan.library, destination: copy.destination, damaged: plan.damaged)
    try copyTree(rsync, plan.library, &report)
    // After the tree: the record then knows of everything that is in the copy.
    if let shorter = try copy.longerRecords(than: plan.library).first {
        throw .failed(
            "\(shorter) has fewer lines here than in \(copy.destination): the archive has lost a part of its record."
                + " Bring that file back from there, run “flipd --rebuild”, and make a backup again; nothing of the record was copied"
        )
    }
    report.add(try rsync.copyRecord())
    report.add(try rsync.copyPlainly(["ledger", ".flipd-library"]))

    try copy.removeSnapshots(butOf: plan.snapshotDays, weeks: plan.snapshotWeeks)
    let trash = inTrash(plan.library)
    // What was deleted meanwhile is in the trash, there as here.
    let damaged = try copy.damaged(among: sample).filter { !trash.contains(Path($0).name) }
    if let first = damaged.first {
        throw .failed(
            "\(first) does not agree with its SHA256SUMS in \(copy.destination). Remove that folder there; the next backup"
                + " copies it again")
    }
    // Those that were there when the copy began; what was removed meanwhile is not here either.
    if let first = try copy.damaged(among: originals).first(where: {
        (try? Files.exists(plan.library / $0)) ?? true
    }) {
        throw .failed(
            "\(first) is not what it should be in \(copy.destination). Remove that file there; the next backup copies it again"
        )
    }
    report.verified = sample.count
    return """
        Copied \(Text.count(report.files, "file")), \(ByteCount.text(report.bytes)), to \(copy.destination); \
        \(Text.count(report.verified, "published folder")) and \(Text.count(originals.count, "original")) read back there.\(remark)
        """
}

/// By way of a link, too, a copy that stands in the archive is none.
private func checkPlace(_ destination: BackupDestination, _ plan: BackupPlan) throws(Failure) {
    guard case .folder(let folder) = destination, let place = resolved(folder),
        let library = resolved(plan.library),
        place.isInside(library) || library.isInside(place)
    else { return }
    throw .failed(
        "\(folder.text) is a part of the archive itself, or holds it, and no second copy. Name a folder of another disk"
    )
}

private func resolved(_ path: Path) -> Path? {
    guard let found = realpath(path.text, nil) else { return nil }
    defer { free(found) }
    return Path(String(cString: found))
}

/// What is not connected, or stands elsewhere, would be missing in the copy, and nobody would notice.
private func checkSource(_ plan: BackupPlan) throws(Failure) {
    if let hindrance = plan.hindrance { throw .failed("nothing was copied. \(hindrance)") }
    let marker = try? Files.read(plan.library / ".flipd-library", limit: 1024)
    guard
        marker.map({ String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self) })
            == plan.libraryID
    else { throw .failed("the archive is not in its place, \(plan.library.text); nothing was copied") }
    for (name, count) in [
        ("media", plan.published), ("originals", plan.originals), ("trash", 0), ("record", 0),
    ] {
        let folder = plan.library / name
        if (try? Files.status(of: folder)?.kind) == .link {
            throw .failed(
                "\(folder.text) is a link, which is not followed; mount its disk there instead (mount --bind)."
                    + " Nothing was copied")
        }
        if count > 0, ((try? Files.list(folder)) ?? []).isEmpty {
            throw .failed(
                "\(folder.text) is empty, and should hold the files of \(count) assets: perhaps a disk is not connected."
                    + " Nothing was copied")
        }
    }
}

/// Once more if something was deleted or restored meanwhile, which rsync may have looked for where it was not.
private func copyTree(_ rsync: Rsync, _ library: Path, _ report: inout BackupReport) throws(Failure) {
    for _ in 0..<3 {
        let trash = inTrash(library)
        let folders = ["media", "originals", "trash"].filter { (try? Files.exists(library / $0)) ?? true }
        report.add(try rsync.copyTree(folders))
        if inTrash(library) == trash { return }
    }
}

private func inTrash(_ library: Path) -> Set<Path> {
    Set(((try? Files.list(library / "trash")) ?? []).map(\.name))
}

private func write(_ report: BackupReport, in state: Path) throws(Failure) {
    let (path, fresh) = (state / BackupReport.file, state / ".backup.json")
    do {
        try Files.removeTree(fresh)
        try Durable.create(fresh, try JSON.encodeForPeople(report), mode: 0o644)
        try Files.replace(path, with: fresh)
        try Durable.syncFolder(state)
    } catch {
        throw .failed("how the backup went cannot be written to \(path.text) (\(error)). \(report.text)")
    }
}

extension BackupReport {
    fileprivate mutating func add(_ copied: Rsync.Copied) {
        files += copied.files
        bytes += copied.bytes
    }
}
