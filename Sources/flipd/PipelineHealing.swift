// Bringing back one asset's files, as somebody asked: what was healed stays as it is, what is made anew goes its way again.
import Library
import Model
import Platform

extension Pipeline {
    /// Why something could not be brought back, for whoever asked.
    struct CannotHeal: Error {
        let text: String
    }

    /// Answers the asset as it is then: ready, or on its way again.
    func heal(_ asset: Asset, by name: String?) async throws -> Asset {
        guard asset.stage == .published || asset.stage == .deleted else {
            throw Keeper.NoChange.state(asset, wanted: .ready)
        }
        let before = try await verification.check(asset)
        if before.damage.isEmpty { return asset }
        // What somebody put there is not ours to remove.
        let ours = Set(
            layout.files(of: asset) + [layout.place(of: asset)] + [asset.original].compactMap(\.self))
        if let stranger = before.damage.first(where: { !ours.contains($0.file) }) {
            throw CannotHeal(
                text: "\(stranger.file) is no part of the archive. Take it out of there, and try again.")
        }
        let left: Healing.Left
        do { left = try await verification.heal(before, by: name) } catch is Healing.Busy {
            throw CannotHeal(text: "\(asset.sourceName.text) is being healed already.")
        }
        // Also what was healed while something is left should not be called damaged any more.
        let after = try await verification.check(asset)
        onChange()
        if after.damage.isEmpty {
            Log.write(
                .healed, .notice, "Brought back what was damaged of \(asset.source.path.text).", asset: asset)
            return asset
        }
        if let remade = try await remake(asset, left.files, by: name) { return remade }
        throw CannotHeal(
            text: cannotHeal(asset, left.files.isEmpty ? after.damage.map(\.file) : left.files, left.backup))
    }

    /// What was made of an original can be made of it again, as long as that one is whole.
    private func remake(_ asset: Asset, _ left: [String], by name: String?) async throws -> Asset? {
        guard let original = asset.original, asset.stage == .published, !left.contains(original), !left.isEmpty,
            left.allSatisfy({ layout.files(of: asset).contains($0) }),
            let remade = try await keeper.remake(asset, by: name)
        else { return nil }
        Log.write(
            .healed, .notice, "\(asset.source.path.text) is made anew from its original.", asset: remade)
        onAsset(remade, nil)
        goOn(remade)
        return remade
    }

    private func cannotHeal(_ asset: Asset, _ left: [String], _ backup: String?) -> String {
        let backup = backup ?? "no backup copy is known (Destination= in [Backup])"
        let original =
            switch asset.original {
            case let original? where left.contains(original): "it is the original itself that is damaged"
            case .some where asset.stage == .deleted:
                "what is in the trash is not made anew (“flipctl restore” it first)"
            case .some: "the original cannot help"
            case nil: "no original is kept"
            }
        return """
            \(left.joined(separator: ", ")) cannot be brought back: \(backup), and \(original). It is left as it is. \
            Connect the disk that holds a copy, and try again.
            """
    }
}
