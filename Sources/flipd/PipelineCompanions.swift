// What stands beside a photo and follows it. Nothing waits for it, and what keeps it from following is no fault of the photo.
import Ingest
import Model
import Platform

extension Pipeline {
    private static let again_s = 60.0

    func follow(_ candidate: Candidate) async {
        if isPaused || isEnding { return inbox.again(companion: candidate.path, after_s: Self.again_s) }
        do {
            // Of most that are left behind by others nothing is known, and nothing needs to be read.
            guard try await keeper.photo(beside: candidate.path) != nil,
                let inspected = try await reading.inspect(candidate),
                let asset = try await keeper.follow(inspected.source)
            else { return }
            Log.write(
                .taken, .info, "Took \(candidate.path.text), which belongs to \(asset.source.path.text).",
                asset: asset)
            onAsset(asset, nil)
        } catch {
            // It stands where it stood, or is repaired from the record.
            inbox.again(companion: candidate.path, after_s: Self.again_s)
        }
    }
}
