// `find`: where a camera's file is.
internal import Model
internal import Platform

func find(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    // Cameras know no folders; whoever types one means the file in it.
    let name = Path(asked.operands[0]).name.text
    guard !name.isEmpty else { throw .usage("“find” needs the name of a file") }
    var query = AssetQuery(limit: Limits.listPage)
    query.name = name
    var found: [AssetReport] = []
    let hasMore = try eachPage(query, client) { page, bytes in
        found += page.assets
        if asked.wantsJSON { output.raw(bytes) }
    }
    if asked.wantsJSON { return found.isEmpty ? .failed : .done }
    if found.isEmpty {
        output.line(try neverArrived(name, client))
        return .failed
    }
    let exact = found.filter { $0.sidecar.sourceName.lowercased() == name.lowercased() }
    let shown = exact.isEmpty ? found : exact
    for asset in shown.prefix(mostShown) { try tell(asset, client, output) }
    if shown.count > mostShown || hasMore { output.line("There are more; “flipctl list --name” shows them.") }
    return .done
}

private let mostShown = 20

private func tell(_ asset: AssetReport, _ client: Client, _ output: Output) throws(Failure) {
    let received = "received \(Text.local(asset.sidecar.receivedAt))"
    output.line("\(Text.name(of: asset.sidecar)) \(standing(asset)). (\(asset.sidecar.id), \(received))")
    if let problem = asset.problem { output.line("  \(Text.harmless(problem.text))") }
    if asset.state == .failed { output.line("  “flipctl retry \(asset.sidecar.id)” tries it again.") }
    if let twin = asset.duplicateOf {
        let answer = try client.request("/v1/assets/\(twin)")
        let other = try client.decode(AssetReport.self, answer)
        output.line("  The same file is known as \(Text.name(of: other.sidecar)), which \(standing(other)).")
    }
}

private func neverArrived(_ name: String, _ client: Client) throws(Failure) -> String {
    let status = try client.decode(StatusReport.self, try client.request("/v1/status"))
    let text = "No file called “\(Text.harmless(name))” ever arrived"
    if status.waiting == 0 { return text + ", and none waits in the drop folder." }
    let (files, wait, them) = status.waiting == 1 ? ("file", "waits", "it") : ("files", "wait", "one of them")
    return text + ", but \(status.waiting) \(files) still \(wait) in the drop folder; it may be \(them)."
}
