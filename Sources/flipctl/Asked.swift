// What the command line asks for, checked before anybody is bothered with it.
internal import Model
internal import Platform

enum Command: String, CaseIterable {
    case status, list, show, find, watch, retry, delete, restore, verify, heal, usage
    case snapshot, backup, doctor

    /// The options that belong to it, beside those that every command has.
    var options: [Options.Known] {
        switch self {
        case .list:
            [
                .value("state"), .value("kind"), .value("collection"), .value("ref"), .value("name"),
                .value("limit"),
            ]
        case .retry: [.flag("failed")]
        case .verify, .usage: [.flag("all")]
        case .backup: [.flag("init"), .flag("now")]
        case .status, .show, .find, .watch, .delete, .restore, .heal, .snapshot, .doctor: []
        }
    }

    /// How many words may follow it.
    var operands: ClosedRange<Int> {
        switch self {
        case .status, .list, .watch, .usage, .snapshot, .backup, .doctor: 0...0
        case .show, .find, .heal: 1...1
        case .retry, .verify: 0...Int.max
        case .delete, .restore: 1...Int.max
        }
    }
}

struct Asked {
    let command: Command?
    let operands: [String]
    let socket: Path
    /// `--root`, if that said where flipd is.
    let root: Path?
    let wantsJSON: Bool
    let wantsHelp: Bool
    let wantsVersion: Bool
    /// Which part of the list is wanted.
    let query: AssetQuery
    let isLimited: Bool
    let wantsAllFailed: Bool
    let wantsAll: Bool
    /// Of a backup: its place is made, and nothing copied.
    let wantsInit: Bool

    private static let everywhere: [Options.Known] = [
        .value("socket"), .value("root"), .flag("json"), .flag("help", "h"), .flag("version", "V"),
    ]

    init(_ arguments: [String]) throws(Failure) {
        let known = Self.everywhere + Command.allCases.flatMap(\.options)
        let options: Options
        do { options = try Options(arguments, known: known) } catch { throw .usage("\(error)") }
        wantsHelp = options.has("help")
        wantsVersion = options.has("version")
        wantsJSON = options.has("json")
        wantsAllFailed = options.has("failed")
        wantsAll = options.has("all")
        wantsInit = options.has("init")
        isLimited = options.has("limit")
        operands = Array(options.operands.dropFirst())
        socket = try Self.socket(options)
        root = options.value(of: "root").map { Path($0) }
        command = try Self.command(options)
        query = try Self.query(options)
        if wantsHelp || wantsVersion { return }
        if let command { try Self.check(command, operands.count, options) }
    }

    static let standardSocket = Path("/run/flipd/status.sock")

    private static func socket(_ options: Options) throws(Failure) -> Path {
        switch (options.value(of: "socket"), options.value(of: "root")) {
        case (nil, nil): return standardSocket
        case (let socket?, nil): return Path(socket)
        case (nil, let root?): return Path(root) / "run/status.sock"
        case (_?, _?): throw .usage("--socket and --root both say where flipd is; give one of them")
        }
    }

    private static func command(_ options: Options) throws(Failure) -> Command? {
        guard let word = options.operands.first else { return nil }
        guard let command = Command(rawValue: word) else {
            throw .usage("“\(word)” is no command; --help lists them")
        }
        let fitting = (everywhere + command.options).map(\.name)
        if let odd = options.given.first(where: { !fitting.contains($0.name) }) {
            throw .usage("--\(odd.name) does not belong to “\(word)”")
        }
        return command
    }

    private static func check(
        _ command: Command, _ operands: Int, _ options: Options
    ) throws(Failure) {
        if command == .backup, options.has("init") == options.has("now") {
            throw .usage("“backup” takes --init for a new place, or --now for a backup")
        }
        if command == .retry, options.has("failed") == (operands > 0) {
            throw .usage("“retry” takes ids, or --failed for all that failed")
        }
        if command == .verify, options.has("all"), operands > 0 {
            throw .usage("“verify” takes ids, or --all for everything, or neither for what is due")
        }
        if operands > command.operands.upperBound {
            throw .usage("there are more words than “\(command.rawValue)” understands; see --help")
        }
        if operands < command.operands.lowerBound {
            throw .usage("“\(command.rawValue)” needs \(command == .find ? "a name" : "an id"); see --help")
        }
    }

    private static func query(_ options: Options) throws(Failure) -> AssetQuery {
        var query = AssetQuery()
        query.state = try choice("state", options)
        query.kind = try choice("kind", options)
        query.collection = options.value(of: "collection")
        query.ref = options.value(of: "ref")
        query.name = options.value(of: "name")
        if let text = options.value(of: "limit") {
            guard let limit = Int(text), limit > 0 else { throw .usage("--limit must be a number from 1 on") }
            query.limit = limit
        }
        return query
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ options: Options
    ) throws(Failure) -> Choice? {
        guard let text = options.value(of: name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw .usage("--\(name) must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}
