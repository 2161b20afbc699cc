from setuptools import setup

setup(name="transformers", version="4.49.0.dev0")
