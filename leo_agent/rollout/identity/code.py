"""The code of a run that is the user's own: of the policy, and of the environment with its tasks and measures."""

import logging
import sys
import types
from typing import Any

from leo_agent.contract.policy import Policy
from leo_agent.rollout.identity.objects import attribute_hashes, modules_of
from leo_agent.rollout.identity.sources import MAIN, is_own, source_hashes
from leo_agent.rollout.workers.failure import Failure, attempt

log = logging.getLogger(__name__)


def policy_code(given: Any) -> dict[str, str]:
    """As `code_of`, with the name of the class ("policy") where that is the user's own."""
    named = given if isinstance(given, str) else f"{type(given).__module__}:{type(given).__qualname__}"
    return {"policy": named, **code_of(given)} if ":" in named and is_own(named.partition(":")[0]) else {}


def code_of(given: Any) -> dict[str, str]:
    """Hashes of the user's own modules that a policy or environment consists of, by module name.

    Args:
        given: an object, or a name, of which `module:name` has a module.
    """
    if isinstance(given, str):
        module, colon, _ = given.partition(":")
        return source_hashes([module]) if colon and is_own(module) else {}
    modules = {name for name in modules_of(given) if is_own(name)}
    if MAIN in modules:
        modules |= _modules_of_main()
    return source_hashes(sorted(modules - {MAIN}))


def attributes_of(given: Any, fingerprint: str | None) -> dict[str, str]:
    """Hashes of the attributes of a policy that was given as an object; none of one that tells its own fingerprint."""
    if isinstance(given, str) or fingerprint:
        return {}
    hashes = attempt(lambda: attribute_hashes(given))
    if isinstance(hashes, Failure):
        log.warning("policy: its attributes cannot be looked at (%s): that they change is not noticed", hashes.text)
        return {}
    return hashes


def fingerprint_of(policy: Policy) -> str | None:
    """The policy's own fingerprint; None, with a word, where that fails: it costs no results."""
    found = attempt(policy.fingerprint)
    if isinstance(found, Failure):
        log.warning("policy: fingerprint() failed (%s): other weights under the same name are not noticed", found.text)
        return None
    return found


def _modules_of_main() -> set[str]:
    """The user's modules that a script or notebook has imported, or has something from."""
    main = sys.modules.get(MAIN)
    values = list(vars(main).values()) if main is not None else []
    names = {
        each.__name__ if isinstance(each, types.ModuleType) else getattr(each, "__module__", "") for each in values
    }
    return {name for name in names if isinstance(name, str) and is_own(name)}
