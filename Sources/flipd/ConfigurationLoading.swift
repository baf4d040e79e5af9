// From files and `--set` to a configuration, or to every mistake at once.
import Model
import Platform

/// A line of the configuration that cannot be followed.
struct Mistake: Hashable {
    let place: String
    let text: String

    var sentence: String { "\(place): \(text)" }
}

struct ConfigurationMistakes: Error {
    let mistakes: [Mistake]
}

/// Where a configuration comes from: kept, so that SIGHUP can read it again.
struct ConfigurationSource: Sendable {
    /// `--config`, or the system's file when there is no `--root`.
    var file: Path?
    /// `--root`, made absolute.
    var root: Path?
    /// `--set Section.Key=VALUE`, in the order given.
    var overrides: [String] = []

    /// Whatever can be followed, mistakes or not: for telling that flipd does not start, perhaps because of one.
    func readAsFarAsPossible() -> Configuration { reading().configuration }

    func load() throws(ConfigurationMistakes) -> Configuration { try read().configuration }

    /// The configuration, and every setting that made it, in the order in which they were read.
    func read() throws(ConfigurationMistakes) -> (configuration: Configuration, settings: [Setting]) {
        let reading = reading()
        if !reading.mistakes.isEmpty { throw ConfigurationMistakes(mistakes: reading.mistakes) }
        return (reading.configuration, reading.settings)
    }

    private func reading() -> ConfigurationReading {
        var reading = ConfigurationReading(
            configuration: root.map(Configuration.rooted(at:)) ?? Configuration())
        if let file {
            reading.read(file)
            reading.readDropIns(of: file)
        }
        for override in overrides { reading.read(override: override) }
        reading.check()
        return reading
    }
}

private struct ConfigurationReading {
    var configuration: Configuration
    var mistakes: [Mistake] = []
    var settings: [Setting] = []
    /// Where each folder was named, for mistakes that only two of them together make.
    private var folderPlaces: [String: String] = [:]

    init(configuration: Configuration) { self.configuration = configuration }

    mutating func read(_ file: Path) {
        let found: (settings: [Setting], badLines: [Int])
        do { found = try INI.read(file) } catch {
            return mistakes.append(Mistake(place: file.text, text: "cannot be read (\(error.reason))"))
        }
        for setting in found.settings {
            read(setting, place: "\(setting.file.text):\(setting.line)")
        }
        for line in found.badLines {
            mistakes.append(
                Mistake(
                    place: "\(file.text):\(line)", text: "this is no [Section], no Key=Value and no # comment"))
        }
    }

    /// `flipd.conf.d/*.conf` beside `flipd.conf`, by name; each overrides what was read before it.
    mutating func readDropIns(of file: Path) {
        let folder = Path(bytes: file.bytes + Array(".d".utf8))
        do {
            let names = try Files.list(folder, followingLinks: true).map(\.name)
            for name in names.sorted() where name.text.hasSuffix(".conf") && !name.text.hasPrefix(".") {
                read(folder / name)
            }
        } catch {
            if error.meansAbsent { return }
            mistakes.append(Mistake(place: folder.text, text: "cannot be read (\(error.reason))"))
        }
    }

    mutating func read(override: String) {
        var place = "--set \(override)"
        guard let equals = override.firstIndex(of: "="), let dot = override[..<equals].firstIndex(of: ".")
        else {
            return mistakes.append(Mistake(place: place, text: "should look like Section.Key=VALUE"))
        }
        let setting = Setting(
            section: String(override[..<dot]), key: String(override[override.index(after: dot)..<equals]),
            value: String(override[override.index(after: equals)...]), file: .empty, line: 0)
        // Of a key that nobody knows, nobody knows whether it holds a password.
        let isKnown = ConfigurationKey.all.contains { ($0.section, $0.name) == (setting.section, setting.key) }
        place = "--set \(setting.section).\(setting.key)" + (isKnown ? "=\(withoutPassword(setting))" : "")
        read(setting, place: place)
    }

    private mutating func read(_ setting: Setting, place: String) {
        let section = ConfigurationKey.all.filter { $0.section == setting.section }
        guard !section.isEmpty else {
            let known = ConfigurationKey.all.map(\.section).unique.map { "[\($0)]" }.joined(separator: " ")
            let named =
                setting.section.isEmpty
                ? "\(setting.key) stands in no section" : "there is no section [\(setting.section)]"
            return mistakes.append(Mistake(place: place, text: "\(named); the sections are \(known)"))
        }
        guard let key = section.first(where: { $0.name == setting.key }) else {
            let known = section.map(\.name).joined(separator: ", ")
            return mistakes.append(
                Mistake(
                    place: place,
                    text: "there is no key \(setting.key) in [\(setting.section)]; the keys are \(known)"))
        }
        settings.append(setting)
        if key.section == "Folders" || key.name == "Destination" { folderPlaces[key.name] = place }
        if !key.read(setting.value, &configuration) {
            mistakes.append(
                Mistake(
                    place: place,
                    text: "\(key.name)=\(withoutPassword(setting)) is not allowed; it must be \(key.allowed)"))
        }
    }

    /// What each key alone cannot tell.
    mutating func check() {
        let folders = [
            ("Incoming", configuration.incoming), ("Library", configuration.library),
            ("State", configuration.state),
        ]
        for (name, folder) in folders {
            for (otherName, other) in folders where name != otherName && folder.isInside(other) {
                let text = "\(name)=\(folder.text) must not stand in \(otherName)=\(other.text)"
                // Equal folders would be told of twice.
                if folder != other || name < otherName {
                    // The line that says one of them, of the first where both do; defaults have none.
                    let place = folderPlaces[name] ?? folderPlaces[otherName] ?? "[Folders]"
                    mistakes.append(Mistake(place: place, text: text))
                }
            }
        }
        guard case .folder(let copy) = configuration.backup else { return }
        for (name, folder) in folders where copy.isInside(folder) || folder.isInside(copy) {
            let text = "Destination=\(copy.text) and \(name)=\(folder.text) must not stand in one another"
            mistakes.append(Mistake(place: folderPlaces["Destination"] ?? "[Backup]", text: text))
        }
    }
}

extension Sequence where Element: Hashable {
    /// Each element once, in the order in which it first came.
    var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
