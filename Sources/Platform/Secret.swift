// Secrets, by libcrypto: compared in a time that tells nothing, and turned into others.
internal import CCrypto
internal import Glibc
internal import Model

package enum Secret {
    /// However they differ, and however soon, this takes equally long. Digests are compared, because lengths are secret too.
    package static func isEqual(_ a: String, _ b: String) -> Bool {
        let (one, other) = (SHA256.digest(of: Array(a.utf8)).bytes, SHA256.digest(of: Array(b.utf8)).bytes)
        return CRYPTO_memcmp(one, other, one.count) == 0
    }

    /// One that nobody has ever had.
    package static func new() -> String {
        // The system's generator is fit for secrets.
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(generator.next(), radix: 16) }.joined(separator: "-")
    }

    /// Another secret that only who has the first can make, and that does not give it away.
    package static func derived(from secret: String, for purpose: String) -> String {
        let (key, text) = (Array(secret.utf8), Array(purpose.utf8))
        var code = [UInt8](repeating: 0, count: Digest.length)
        var length = UInt32(code.count)
        guard HMAC(EVP_sha256(), key, Int32(key.count), text, text.count, &code, &length) != nil else {
            fatalError("no memory for a digest, because libcrypto could not make one")
        }
        return Digest(bytes: code)?.description ?? ""
    }
}
