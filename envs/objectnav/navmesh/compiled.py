"""The decorators of the compiled functions of this package: the arithmetic of numpy, nothing fused or reordered."""

from envs.compiled import Compiler

_compiler = Compiler(__file__)
kernel = _compiler.kernel
inlined = _compiler.inlined
