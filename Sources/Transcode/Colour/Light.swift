internal import Glibc

/// How the numbers of a video and light belong together. Pure.
package enum Light {
    /// The light in front of the camera that an HLG signal stands for, both from 0 to 1 (ITU-R BT.2100).
    package static func ofScene(hlg signal: Double) -> Double {
        let (a, b, c) = (0.17883277, 0.28466892, 0.55991073)
        return signal <= 0.5 ? signal * signal / 3 : (exp((signal - c) / a) + b) / 12
    }

    /// The light of a screen that a PQ signal stands for, in cd/m² (SMPTE ST 2084).
    package static func ofScreen(pq signal: Double) -> Double {
        let (m1, m2) = (2610.0 / 16384, 2523.0 / 32)
        let (c1, c2, c3) = (3424.0 / 4096, 2413.0 / 128, 2392.0 / 128)
        let root = pow(max(0, signal), 1 / m2)
        return brightestPQ * pow(max(0, root - c1) / (c2 - c3 * root), 1 / m1)
    }

    package static let brightestPQ = 10_000.0

    /// The light of a screen for ordinary video, white being 1 (ITU-R BT.1886 with a perfect black).
    package static func ofScreen(sdr signal: Double) -> Double { pow(max(0, signal), 2.4) }

    /// The signal of ordinary video for a light.
    package static func sdr(_ light: Double) -> Double { pow(max(0, light), 1 / 2.4) }
}

/// Brings light beyond white below it: what is under the knee stays, what is above is rolled off, and the peak
/// becomes white. It is a logarithm, as that is how eyes judge highlights; at the knee there is no corner.
package struct ToneCurve: Sendable {
    package let knee: Double
    package let peak: Double
    /// How strongly the logarithm bends.
    let bend: Double
    /// How often light doubles, so bent, from the knee to the peak.
    var octaves: Double { log1p(bend) / M_LN2 }

    /// `peak` is beyond white, which is 1.
    package init(knee: Double, peak: Double) {
        (self.knee, self.peak) = (knee, peak)
        // The slope at the knee is 1 where bend / ln(1 + bend) is this; it grows with bend, so halving finds it.
        let wanted = (peak - knee) / (1 - knee)
        var (low, high) = (0.0, wanted * wanted + 1)
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if middle / log1p(middle) < wanted { low = middle } else { high = middle }
        }
        bend = high
    }

    package func callAsFunction(_ light: Double) -> Double {
        guard light > knee else { return light }
        let way = min(1, (light - knee) / (peak - knee))
        return knee + (1 - knee) * log1p(bend * way) / log1p(bend)
    }
}
