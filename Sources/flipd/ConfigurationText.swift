// The configuration in force, written as a file that flipd can read: it is kept beside the snapshots.
import Model
import Platform

/// Every key that was set, from whatever file or option, with the value that counts. Defaults are not said.
func configurationText(_ settings: [Setting]) -> String {
    var text = "# The configuration that was in force. Keys that are not here had their defaults.\n"
    for section in ConfigurationKey.all.map(\.section).unique {
        var lines: [String] = []
        for key in ConfigurationKey.all where key.section == section {
            guard let setting = settings.last(where: { $0.section == section && $0.key == key.name }) else {
                continue
            }
            let value = withoutPassword(setting)
            let line = "\(key.name)=\(value)"
            if value != setting.value { lines.append("# The password that belongs to this is not kept here.") }
            // An option can say what no file can, such as two lines.
            let read = INI.parse(Array("[\(section)]\n\(line)\n".utf8), file: .empty)
            let isSame = read.badLines.isEmpty && read.settings.map(\.value) == [value]
            lines.append(isSame ? line : "# \(key.name)= had a value that only --set can say.")
        }
        if !lines.isEmpty { text += "\n[\(section)]\n" + lines.joined(separator: "\n") + "\n" }
    }
    return text
}

/// A setting's value as it may be shown: the user and password in an address are left out.
func withoutPassword(_ setting: Setting) -> String {
    let key = ConfigurationKey.all.first { $0.section == setting.section && $0.name == setting.key }
    guard key?.mayHoldPassword == true, let at = setting.value.lastIndex(of: "@") else { return setting.value }
    // Whatever stands before it, also where it is no address that anybody could use.
    let scheme = setting.value.firstRange(of: "://").map { setting.value[..<$0.upperBound] } ?? ""
    return String(scheme + setting.value[setting.value.index(after: at)...])
}
