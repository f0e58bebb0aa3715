"""The decorators of the compiled functions of this package.

Not the whole of fastmath: reassociation could break the exact comparisons of neighbouring triangles. No reference
counts (`_nrt`): they would cost more than the work wherever an array is handed on for each face or pixel. So nothing
may be allocated in these functions; their working arrays come from outside.
"""

from leo_agent.envs.compiled import Compiler

_compiler = Compiler(__file__, fastmath={"contract", "nsz", "nnan"}, _nrt=False)
kernel = _compiler.kernel
inlined = _compiler.inlined
