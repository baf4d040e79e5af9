// `retry`, `delete`, `restore`: what is done to the assets that are named.
internal import Model

func retry(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    asked.wantsAllFailed
        ? try retryAllFailed(asked, client, output)
        : try changeEach(asked, client, output, "POST", "/retry", "is tried again")
}

func delete(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    try changeEach(asked, client, output, "DELETE", "", "is in the trash")
}

func restore(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    try changeEach(asked, client, output, "POST", "/restore", "is back")
}

private func changeEach(
    _ asked: Asked, _ client: Client, _ output: Output, _ method: String, _ path: String, _ said: String
) throws(Failure) -> ExitCode {
    var worst = ExitCode.done
    for id in asked.operands {
        do throws(Failure) {
            let answer = try client.request("/v1/assets/\(Client.encoded(id))\(path)", method: method)
            if asked.wantsJSON {
                output.raw(answer)
            } else {
                let asset = try client.decode(AssetReport.self, answer)
                output.line("\(Text.name(of: asset.sidecar)) \(said).")
            }
        } catch {
            // One that is gone is no reason to leave out the others; a daemon that is gone is.
            if error.exit == .unreachable { throw error }
            output.complaint("flipctl: \(Text.harmless(id)): \(Text.harmless(error.text))")
            if worst == .done { worst = error.exit }
        }
    }
    return worst
}

private func retryAllFailed(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    var query = AssetQuery(limit: Int.max)
    query.state = .failed
    // All ids first: what is tried again would move through the list while we read it.
    var failed: [AssetID] = []
    _ = try eachPage(query, client) { page, _ in failed += page.assets.map(\.sidecar.id) }
    var (tried, gone) = (0, 0)
    for id in failed {
        do throws(Failure) {
            let answer = try client.request("/v1/assets/\(id)/retry", method: "POST")
            if asked.wantsJSON { output.raw(answer) }
            tried += 1
        } catch {
            // A file that is no longer in Problems/ has been dealt with by somebody.
            guard let status = error.status, [404, 409, 410].contains(status) else { throw error }
            gone += 1
        }
    }
    if !asked.wantsJSON { output.line(summary(tried: tried, gone: gone)) }
    return .done
}

private func summary(tried: Int, gone: Int) -> String {
    if tried + gone == 0 { return "Nothing has failed." }
    let text = tried == 1 ? "1 file is tried again" : "\(tried) files are tried again"
    if gone == 0 { return text + "." }
    return text + "; \(gone) that failed earlier \(gone == 1 ? "is" : "are") no longer in the folder Problems."
}
