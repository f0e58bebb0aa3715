"""The decorators of the compiled functions of this package: the arithmetic of numpy, nothing fused or reordered."""

from leo_agent.envs.compiled import Compiler

_compiler = Compiler(__file__)
kernel = _compiler.kernel
inlined = _compiler.inlined
