# %% [markdown]
# # 06 · Change it safely
#
# This lesson is being written.

# %%
from workshop.lab import Lab

lab = Lab("06_change_it_safely")

# %% [markdown]
# ## Questions to think about
#
# What would you change first?
