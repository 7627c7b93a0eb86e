import sys

from project.embedded.keeper import main

sys.exit(main())
