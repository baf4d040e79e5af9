// Telling the program at `[Notify] Url` what became of each asset: on a thread of its own, a few times if need be, and
// never at the price of anything else.
import Model
import Notify
import Platform

actor Telling {
    private let webhook: Webhook
    private let thread: WorkThread
    private var lastFailure: String?

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
                return lastFailure = nil
            } catch {
                // The same failure is told once, however many messages meet it.
                if lastFailure != error.description {
                    Log.write(
                        .notice, .warning, "The program at [Notify] Url could not be told: \(error).",
                        asset: asset)
                }
                lastFailure = error.description
            }
        }
    }
}
