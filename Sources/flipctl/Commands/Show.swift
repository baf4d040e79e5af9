// `show`: all that is known of one file.
internal import Model

func show(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    let answer = try client.request("/v1/assets/\(Client.encoded(asked.operands[0]))")
    if asked.wantsJSON {
        output.raw(answer)
        return .done
    }
    let asset = try client.decode(AssetReport.self, answer)
    for (label, value) in facts(asset, isBackedUp: isBackedUp(asset, client)) {
        output.line("\(Text.padded(label + ":", 12)) \(value)")
    }
    if let events = asset.events, !events.isEmpty {
        output.line("History:")
        for event in events {
            var line = "  \(Text.local(event.at))  \(event.what.rawValue)"
            if let seconds = event.seconds { line += ", \(Text.duration(seconds))" }
            if let detail = event.detail { line += ": \(Text.harmless(detail))" }
            output.line(line)
        }
    }
    return .done
}

/// Whether the last good backup began when it was published already. Not worth failing for.
private func isBackedUp(_ asset: AssetReport, _ client: Client) -> Bool {
    guard let publishedAt = asset.sidecar.publishedAt, let answer = try? client.request("/v1/backup"),
        let plan = try? client.decode(BackupPlan.self, answer),
        let last = plan.last?.lastSuccess(to: plan.destination, asOf: Text.now())
    else { return false }
    return last.beganAt > publishedAt
}

private func facts(_ asset: AssetReport, isBackedUp: Bool) -> [(String, String)] {
    let sidecar = asset.sidecar
    var facts: [(String, String?)] = [
        ("File", Text.name(of: sidecar)),
        ("Id", sidecar.id.description),
        ("State", standing(asset)),
        ("Problem", asset.problem.map { Text.harmless($0.text) }),
        ("Next try", asset.retryAt.map(Text.local)),
        ("Received", Text.local(sidecar.receivedAt)),
        ("Published", sidecar.publishedAt.map(Text.local)),
        (
            "Recorded",
            sidecar.capturedAt.map {
                Text.recorded($0, offset: sidecar.capturedAtOffset, source: sidecar.capturedAtSource)
            }
        ),
        ("Device", sidecar.device.map(Text.harmless)),
        ("Reference", sidecar.ref.map(Text.harmless)),
        ("Size", ByteCount.text(sidecar.sourceBytes)),
        ("Length", sidecar.duration.map(Text.duration)),
        ("SHA-256", sidecar.sha256?.description),
        ("Caption", asset.caption.map(Text.harmless)),
        ("Original", sidecar.original.map(Text.harmless)),
        ("Kept", kept(asset, isBackedUp: isBackedUp)),
        ("Folder", asset.folder.map(Text.harmless)),
        ("Live Photo", asset.pair.map { "the other half is \($0)" }),
    ]
    if let width = sidecar.width, let height = sidecar.height {
        facts.append(("Picture", "\(width) × \(height)"))
    }
    facts += sidecar.renditions.map { file in
        (file.role.rawValue, "\(Text.harmless(file.file)), \(ByteCount.text(file.bytes))")
    }
    facts += sidecar.remarks.map { ("Remark", Text.harmless($0)) }
    return facts.compactMap { label, value in value.map { (label, $0) } }
}

/// How a file stands, in words.
func standing(_ asset: AssetReport) -> String {
    switch asset.state {
    case .pending:
        asset.problem == nil ? "waits for its turn" : "waits until the archive's machine is well again"
    case .processing: "is being worked on" + (asset.progress.map(done) ?? "")
    case .ready: "is published" + (asset.folder.map { " in \(Text.harmless($0))" } ?? "")
    case .failed: "could not be used and was handed back to the folder Problems"
    case .duplicate: "was already here" + (asset.duplicateOf.map { ", as \($0)" } ?? "")
    case .deleted: "is in the trash" + (asset.trashUntil.map { " until \(Text.local($0))" } ?? "")
    case .purged: "was deleted for good"
    }
}

/// What stays, and for how long.
private func kept(_ asset: AssetReport, isBackedUp: Bool) -> String? {
    guard asset.state == .ready else { return nil }
    guard asset.sidecar.original != nil else {
        return "The published version stays; the camera file is no longer kept here."
    }
    let place =
        switch (asset.originalUntil, isBackedUp) {
        case (nil, true): "here for good, and in the backup"
        case (nil, false): "here for good"
        case (let moment?, true): "here until \(Text.local(moment)), and in the backup"
        case (let moment?, false): "here until \(Text.local(moment)), and longer while no backup has it"
        }
    return "The published version stays; the camera file is kept \(place)."
}

private func done(_ progress: Double) -> String {
    (0.01...1).contains(progress) ? ", \(Int(progress * 100)) % done" : ""
}
