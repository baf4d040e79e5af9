// The folders that the configuration names, before anything is done in them.
import Glibc
import Library
import Model
import Platform
import Status

enum Folders {
    /// With `--root` everything is made that is absent. The library's own folder is made with its marker.
    static func make(_ configuration: Configuration) throws {
        for folder in [configuration.incoming, configuration.state] {
            do throws(Errno) { try Files.makeFolders(folder) } catch {
                throw CannotStart(text: "The folder \(folder.text) cannot be made (\(error.reason)).")
            }
        }
    }

    static func check(state configuration: Configuration) throws {
        try check(configuration.state, key: "State")
    }

    /// Not insisted on while the archive's disk is away: the drop folder may be on it too, and flipd is to say what is missing.
    static func check(incoming configuration: Configuration, _ layout: Layout) throws {
        guard try Files.exists(layout.marker) else { return }
        try check(configuration.incoming, key: "Incoming")
    }

    private static func check(_ folder: Path, key: String) throws {
        guard access(folder.text, F_OK) == 0 else {
            throw CannotStart(
                text:
                    "The folder \(folder.text) does not exist. Make it, or change \(key)= in [Folders].\(serviceAdvice)"
            )
        }
        guard access(folder.text, W_OK | X_OK) == 0 else {
            throw CannotStart(
                text:
                    "flipd may not write in \(folder.text). Let its user do so, or change \(key)= in [Folders].\(serviceAdvice)"
            )
        }
    }

    /// A service sees no folder, and writes in none, that systemd was not told of.
    private static var serviceAdvice: String {
        Service.isHeard
            ? " If you changed [Folders] just now: “systemctl daemon-reload”, then “systemctl restart flipd”."
            : ""
    }

    static func lock(_ state: Path) throws -> Lock {
        let path = state / "flipd.lock"
        if try !Files.exists(path) { try? Durable.create(path, [], mode: 0o600) }
        guard let lock = try Lock.take(path) else {
            throw CannotStart(
                text: "Another flipd is running with \(state.text). Only one may; stop that one first.")
        }
        return lock
    }

    /// flip-worker stands beside flipd, or in the folder for programs that only programs start.
    static func worker() throws -> Path {
        let places = [here / "flip-worker", here.parent / "libexec/flipd/flip-worker"]
        for place in places where access(place.text, X_OK) == 0 { return place }
        throw CannotStart(
            text:
                "flip-worker is missing; it should be \(places.map(\.text).joined(separator: " or ")). Install flipd anew."
        )
    }

    /// The page's files stand where it is installed, or in the sources that flipd was built from.
    static func page() -> PageFiles {
        var places = [here.parent / "share/flipd/web"]
        if let built = here.components.firstIndex(of: Path(".build")) {
            places.append(here.components[..<built].reduce(Path("/"), /) / "web")
        }
        for place in places { if let files = try? PageFiles(in: place) { return files } }
        return .none
    }

    /// flipctl as one can type it: before it is installed it stands beside flipd and not on the PATH.
    static func flipctl() -> String {
        let search = getenv("PATH").map { String(cString: $0) } ?? ""
        let beside = here / "flipctl"
        let isFound = search.split(separator: ":").contains { $0 == here.text }
        return !isFound && access(beside.text, X_OK) == 0 ? beside.text : "flipctl"
    }

    /// The folder that flipd was started from.
    private static let here: Path = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        return Path(bytes: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }).parent
    }()
}
