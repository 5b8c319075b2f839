"""The trial of the small engine: what it makes beside what its teacher made of the same request.

Every measure here is first taken of the teacher's own clips, where it must come out near perfect,
and of clips broken on purpose, where it must not.
"""
