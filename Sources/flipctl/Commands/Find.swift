// `find`: where a camera's file is.
internal import Model

func find(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    let name = CameraName(asked.operands[0])
    if name.isEmpty { throw .usage("“find” needs the name of a file") }
    let answer = try client.request("/v1/find", [("name", name.text)])
    let report = try client.decode(FindReport.self, answer)
    if asked.wantsJSON {
        output.raw(answer)
    } else {
        if report.files.count != 1 { output.line(Text.harmless(report.text)) }
        for file in report.files { tell(file, output) }
    }
    return report.files.isEmpty ? .failed : .done
}

private func tell(_ file: FindReport.File, _ output: Output) {
    let path = file.collection.isEmpty ? file.name : "\(file.collection)/\(file.name)"
    output.line("\(Text.harmless(path)): \(Text.harmless(file.text))")
    guard let id = file.asset else { return }
    let command =
        file.answer == .needsYou ? "“flipctl retry \(id)” tries it again" : "“flipctl show \(id)” tells more"
    output.line("  \(command).")
}
