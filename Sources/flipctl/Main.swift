// flipctl: asks flipd over its status socket, and says in plain words what it answers.
internal import Glibc
internal import Model
internal import Platform

@main struct FlipCtl {
    static func main() { exit(run().rawValue) }
}

/// What the shell is told; docs and scripts rely on the numbers.
enum ExitCode: Int32 {
    case done = 0
    case failed = 1
    case wrongUsage = 2
    case unreachable = 3
}

/// Why a command could not do what was asked, in one sentence for people.
struct Failure: Error {
    let exit: ExitCode
    let text: String
    /// What flipd answered, where it did: 404, 409 and the like.
    var status: Int?

    static func failed(_ text: String) -> Failure { Failure(exit: .failed, text: text) }
    static func usage(_ text: String) -> Failure { Failure(exit: .wrongUsage, text: text) }
    static func unreachable(_ text: String) -> Failure { Failure(exit: .unreachable, text: text) }
}

private func run() -> ExitCode {
    let output = Output()
    do throws(Failure) {
        let asked = try Asked(CommandLine.arguments.dropFirst().map { $0 })
        if asked.wantsHelp {
            output.line(asked.command?.help ?? Help.all)
            return output.isWhole ? .done : .failed
        }
        if asked.wantsVersion {
            output.line("flipctl \(flipVersion)")
            return output.isWhole ? .done : .failed
        }
        guard let command = asked.command else { throw .usage("a command is missing; --help lists them") }
        let client = try Client(socket: asked.socket)
        defer { client.close() }
        let exit = try perform(command, asked, client, output)
        return exit == .done && !output.isWhole ? .failed : exit
    } catch {
        output.complaint("flipctl: \(Text.harmless(error.text))")
        return error.exit
    }
}

private func perform(
    _ command: Command, _ asked: Asked, _ client: Client, _ output: Output
) throws(Failure) -> ExitCode {
    switch command {
    case .status: try showStatus(asked, client, output)
    case .usage: try showUsage(asked, client, output)
    case .list: try list(asked, client, output)
    case .show: try show(asked, client, output)
    case .find: try find(asked, client, output)
    case .watch: try watch(asked, client, output)
    case .retry: try retry(asked, client, output)
    case .delete: try delete(asked, client, output)
    case .restore: try restore(asked, client, output)
    case .verify: try verify(asked, client, output)
    case .heal: try heal(asked, client, output)
    case .snapshot: try snapshot(asked, client, output)
    case .backup: try backup(asked, client, output)
    case .doctor: doctor(asked, client, output)
    }
}
