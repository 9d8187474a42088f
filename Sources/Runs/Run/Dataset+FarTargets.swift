import DataParallel
import Datasets
import Training

extension Dataset {
    /// One line about targets that are so far from those of the training that errors cannot be counted; nil where there are none.
    ///
    /// - Parameter set: the samples in words.
    func reportOfFarTargets(in set: String) -> String? {
        var (count, farthest) = (0, 0.0)
        var scale: TargetScale?
        for index in targetScales.isEmpty ? 0..<0 : 0..<self.count {
            var isFar = false
            for output in targetScales.indices {
                let distance = abs(Double(target(at: index, output: output)))
                guard distance >= CycleStatistics.largestError else { continue }
                isFar = true
                if distance > farthest { (farthest, scale) = (distance, targetScales[output]) }
            }
            count += isFar ? 1 : 0
        }
        guard let scale else { return nil }
        return
            "\(set): the target of \(count) of \(self.count) samples is too far from those of the training to be scored, up to "
            + "\(NumberText.significant(farthest, digits: 3)) of their standard deviations (\(scale)), and there are no scores; "
            + "check the column of the target, or leave the samples out"
    }
}
