// Kinds of keys: what many of them have in common.
import Model
import Platform

extension ConfigurationKey {
    static func folder(
        _ name: String, _ standard: String, _ place: any WritableKeyPath<Configuration, Path> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(section: "Folders", name: name, standard: standard, allowed: "a path from the root") {
            text, configuration in
            let names = text.split(separator: "/").filter { $0 != "." }
            guard text.hasPrefix("/"), !names.contains("..") else { return false }
            // In one way of writing only, so that paths can be compared.
            configuration[keyPath: place] = Path("/" + names.joined(separator: "/"))
            return true
        }
    }

    static func duration(
        _ section: String, _ name: String, _ standard: String, _ range: ClosedRange<Double>,
        _ place: any WritableKeyPath<Configuration, Double> & Sendable
    ) -> ConfigurationKey {
        let allowed =
            "a duration from \(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound)), such as 90s or 5min"
        return ConfigurationKey(section: section, name: name, standard: standard, allowed: allowed) {
            text, configuration in
            guard let seconds = Quantity.duration_s(text), range.contains(seconds) else { return false }
            configuration[keyPath: place] = seconds
            return true
        }
    }

    static func yesOrNo(
        _ section: String, _ name: String, _ standard: String,
        _ place: any WritableKeyPath<Configuration, Bool> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(section: section, name: name, standard: standard, allowed: "yes or no") {
            text, configuration in
            configuration[keyPath: place] = text == "yes"
            return text == "yes" || text == "no"
        }
    }

    static func size(
        _ section: String, _ name: String, _ standard: String, _ least: String, _ most: String,
        _ place: any WritableKeyPath<Configuration, Int64> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(
            section: section, name: name, standard: standard, allowed: "a size from \(least) to \(most)"
        ) { text, configuration in
            guard let least = Quantity.size(least), let most = Quantity.size(most),
                let size = Quantity.size(text), (least...most).contains(size)
            else { return false }
            configuration[keyPath: place] = size
            return true
        }
    }

    static func whole(
        _ section: String, _ name: String, _ standard: String, _ range: ClosedRange<Int>,
        _ set: @escaping @Sendable (inout Configuration, Int) -> Void
    ) -> ConfigurationKey {
        let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return ConfigurationKey(section: section, name: name, standard: standard, allowed: allowed) {
            text, configuration in
            guard let value = Int(text), range.contains(value) else { return false }
            set(&configuration, value)
            return true
        }
    }
}
