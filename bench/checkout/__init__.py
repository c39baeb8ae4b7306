"""The same checkout as our saga and as a workflow of DBOS, and what our relay carries."""
