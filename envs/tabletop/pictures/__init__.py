"""Pictures for people: arm, table and objects, with shadows and goals."""
