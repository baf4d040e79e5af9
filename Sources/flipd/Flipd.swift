// flipd's beginning: the command line, and what follows from it. main() only calls run(): closures written in it would
// belong to the main actor.
import Glibc
import Model
import Notify
import Platform

@main
struct Flipd {
    static func main() { exit(run(Array(CommandLine.arguments.dropFirst()))) }
}

/// Documented in flipd(8).
enum ExitCode {
    static let done: Int32 = 0
    static let failed: Int32 = 1
    static let wrongUsage: Int32 = 2
}

private let help = """
    flipd: turns a drop folder into an archive of videos that play everywhere.

    Usage: flipd [--config FILE] [--root DIR] [--set Section.Key=VALUE]… [--check | --rebuild | --mail-test]

      --config FILE             read this configuration (default: /etc/flipd/flipd.conf, none with --root)
      --root DIR                keep everything below DIR, which is made if absent; no other setup is needed
      --set Section.Key=VALUE   override one key of the configuration; may be repeated
      --check [--json]          read the configuration, tell every mistake in it, and end; or its places as JSON
      --rebuild                 make the ledger anew from the library alone, and end
      --mail-test               send one mail as the configuration says, and end
      --version                 say the version
      --help                    say this

    Files go into the drop folder; flipctl tells what became of them. See flipd(8) and flipd.conf(5).

    """

func run(_ arguments: [String]) -> Int32 {
    let options: Options
    do throws(Options.Failure) {
        options = try Options(
            arguments,
            known: [
                .value("config"), .value("root"), .value("set"), .flag("check"), .flag("json"),
                .flag("rebuild"),
                .flag("mail-test"), .flag("mail-failure"), .value("generate"), .flag("version", "V"),
                .flag("help", "h"),
            ])
        if let extra = options.operands.first { throw Options.Failure("unexpected word \(extra)") }
        let deeds = ["check", "rebuild", "mail-test", "mail-failure", "generate"].filter(options.has)
        if options.has("json"), deeds != ["check"] { throw Options.Failure("--json belongs to --check") }
        if deeds.count > 1 { throw Options.Failure("--\(deeds[0]) and --\(deeds[1]) cannot be combined") }
    } catch {
        say("flipd: \(error.description). See flipd --help.", to: STDERR_FILENO)
        return ExitCode.wrongUsage
    }
    if options.has("help") { return say(help, ending: "", to: STDOUT_FILENO) }
    if options.has("version") { return say("flipd \(flipVersion)", to: STDOUT_FILENO) }

    let source = configurationSource(options)
    if options.has("mail-failure") { return mailFailure(source.readAsFarAsPossible().mail) }
    if let place = options.value(of: "generate") {
        return ServiceFolders(configuration: source.readAsFarAsPossible()).generate(into: place)
    }
    let configuration: Configuration
    do throws(ConfigurationMistakes) {
        configuration = try source.load()
    } catch {
        for mistake in error.mistakes { say("flipd: \(mistake.sentence)", to: STDERR_FILENO) }
        return ExitCode.wrongUsage
    }
    if options.has("check"), options.has("json"), let places = try? JSON.encode(configuration.places) {
        return say(String(decoding: places, as: UTF8.self), to: STDOUT_FILENO)
    }
    if options.has("check") { return say("The configuration is in order.", to: STDOUT_FILENO) }

    if options.has("mail-test") { return mailTrial(configuration.mail) }

    Curl.prepare()
    // Before any thread is made, which inherits both.
    Signals.prepare()
    Rights.allow(openFiles: 8192)
    umask(0o022)
    let isRooted = source.root != nil
    if options.has("rebuild") {
        Loop.task { await rebuild(configuration, isRooted: isRooted) }
    } else {
        Loop.task { await Daemon.open(configuration, from: source) }
    }
    let code = Loop.executor.run()
    Journal.finish()
    return code
}

private func configurationSource(_ options: Options) -> ConfigurationSource {
    var source = ConfigurationSource()
    source.overrides = options.values(of: "set")
    if let root = options.value(of: "root") { source.root = absolute(Path(root)) }
    if let file = options.value(of: "config") {
        source.file = absolute(Path(file))
    } else if source.root == nil {
        source.file = Path("/etc/flipd/flipd.conf")
    }
    return source
}

/// From the folder we were started in, because that is what the caller meant.
private func absolute(_ path: Path) -> Path {
    if path.isAbsolute { return path }
    guard let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    let here = Path(String(cString: folder))
    return path.components.filter { $0 != Path(".") }.reduce(here) { folder, name in
        name == Path("..") ? folder.parent : folder / name
    }
}

@discardableResult
func say(_ text: String, ending: String = "\n", to descriptor: Int32) -> Int32 {
    writeAll(Array((text + ending).utf8), to: descriptor)
    return ExitCode.done
}
