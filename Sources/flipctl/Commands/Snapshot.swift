// `snapshot`: a copy of the ledger in the library, now.
internal import Model

func snapshot(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    let answer = try demandSnapshot(client)
    if asked.wantsJSON {
        output.raw(answer)
    } else {
        let report = try client.decode(SnapshotReport.self, answer)
        output.line("The ledger was copied to \(report.file) in the library, \(ByteCount.text(report.bytes)).")
    }
    return .done
}

func demandSnapshot(_ client: Client) throws(Failure) -> [UInt8] {
    // A ledger of a million files is copied and read through in minutes, not in seconds.
    try client.request("/v1/snapshot", method: "POST", timeout_s: 3600)
}
