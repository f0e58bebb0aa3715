"""Scenes as Habitat stores them: dataset configuration, stages, binary glTF meshes, instance ids."""
