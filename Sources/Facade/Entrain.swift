// The modules of a program that trains with Entrain: `import Entrain` has all of them. `LearningRate`, `InformationTheory` and `MPI`
// are products of their own, for programs that take no more than that.

@_exported import DataParallel
@_exported import Datasets
@_exported import InformationTheory
@_exported import LearningRate
@_exported import Logging
@_exported import MPI
@_exported import NeuralNetwork
@_exported import Optimizers
@_exported import Runs
@_exported import Settings
@_exported import Training
