// Telling the program at `[Notify] Url` what became of each asset: on a thread of its own, a few times if need be, and
// never at the price of anything else.
import Model
import Notify
import Platform

actor Telling {
    private let webhook: Webhook
    private let thread: WorkThread
    private var toldAt = -Double.infinity
    private var isFailing = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(url: String) throws(Errno) {
        webhook = Webhook(url: url)
        thread = try WorkThread()
    }

    func tell(_ asset: Asset) {
        guard let json = try? JSON.encode(WebhookMessage(event: asset.state, asset: AssetReport(of: asset)))
        else { return }
        for _ in 0..<3 {
            do throws(WebhookFailure) {
                try webhook.post(json)
                return isFailing = false
            } catch {
                let now = Clock.monotonic_s()
                // Told once, however many messages meet it.
                if !isFailing, now - toldAt >= Limits.sameFaultAgain_s {
                    Log.write(
                        .notice, .warning, "The program at [Notify] Url could not be told: \(error).",
                        asset: asset)
                    (isFailing, toldAt) = (true, now)
                }
            }
        }
    }
}
