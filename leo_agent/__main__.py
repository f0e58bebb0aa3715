"""`python -m leo_agent` is the command `leo-agent`."""

import sys

from leo_agent.cli import main

sys.exit(main())
