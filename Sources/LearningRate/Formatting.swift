import Foundation

/// Four significant digits, for text that people read.
func short(_ value: Double) -> String {
    String(format: "%.4g", value)
}

func percent(_ share: Double) -> String {
    String(format: "%.3g %%", 100 * share)
}
