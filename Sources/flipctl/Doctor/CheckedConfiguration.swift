// What `flipd --check` says of the configuration.
internal import Glibc
internal import Model
internal import Platform

struct CheckedConfiguration {
    let places: Places?
    private let complaints: [String]
    private let reason: String?

    init(root: Path?) {
        let command = [Doctor.flipd.text, "--check", "--json"] + (root.map { ["--root", $0.text] } ?? [])
        do {
            let check = try Program.run(command, environment: Doctor.environment)
            switch check.how {
            case .exited(0): (places, complaints, reason) = (try? JSON.decode(from: check.output), [], nil)
            case .exited(2): (places, complaints, reason) = (nil, check.complaints.reversed(), nil)
            case .exited(let code): (places, complaints, reason) = (nil, [], "it ended with \(code)")
            case .killed(let signal): (places, complaints, reason) = (nil, [], "signal \(signal) ended it")
            }
        } catch {
            (places, complaints, reason) = (nil, [], error.reason)
        }
    }

    func finding(isRunning: Bool) -> Finding {
        if let reason {
            return Finding(
                .unknown, "configuration",
                "flipd --check cannot be run (\(reason)). Install flipd and flipctl together.")
        }
        guard let first = complaints.first else {
            return Finding(.well, "configuration", "Every line is understood")
        }
        if Users.me != 0, complaints.contains(where: { $0.contains(Errno(EACCES, "").reason) }) {
            return Finding(.unknown, "configuration", "Not all of it may be read by you. Ask as root.")
        }
        let others = complaints.count > 1 ? " There are \(complaints.count - 1) more." : ""
        let effect =
            isRunning
            ? "The old one stays in force until that is mended." : "flipd cannot start until that is mended."
        let mistake = first.hasPrefix("flipd: ") ? String(first.dropFirst(7)) : first
        return Finding(isRunning ? .warning : .critical, "configuration", "\(mistake).\(others) \(effect)")
    }
}

extension Doctor {
    /// For programs that are only asked.
    static let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"]

    /// Beside flipctl, or on the PATH.
    static let flipd: Path = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let here = Path(bytes: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }).parent
        let beside = here / "flipd"
        return access(beside.text, X_OK) == 0 ? beside : Path("flipd")
    }()
}
