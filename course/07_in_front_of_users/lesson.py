# %% [markdown]
# # 07 · In front of users
#
# This lesson is being written.

# %%
from workshop.lab import Lab

lab = Lab("07_in_front_of_users")

# %% [markdown]
# ## Questions to think about
#
# What would you change first?
